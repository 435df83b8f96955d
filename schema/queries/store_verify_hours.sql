-- SPDX-License-Identifier: Apache-2.0
-- Finished hours that are not what they say, and hours that stand in both forms.
SELECT t.hour, 'stands in open_hour and in period' FROM period AS t
JOIN open_hour AS o ON o.hour = t.hour
UNION ALL
SELECT t.hour, 'its chunks do not hold the ' || t.samples || ' samples that were finished'
FROM period AS t
WHERE t.raw = 1 AND t.samples <> (
    SELECT coalesce(sum(c.count), 0) FROM chunk AS c
    WHERE c.id >= t.hour / 3600 << 32 AND c.id < t.hour / 3600 + 1 << 32
)
UNION ALL
SELECT t.hour, 'has chunks without five-minute rows' FROM period AS t
WHERE t.raw = 1 AND t.r5 = 1 AND (
    SELECT count(*) FROM chunk AS c
    WHERE c.id >= t.hour / 3600 << 32 AND c.id < t.hour / 3600 + 1 << 32
) <> (
    SELECT count(*) FROM rollup_5m AS r
    WHERE r.id >= t.hour / 3600 << 32 AND r.id < t.hour / 3600 + 1 << 32
)
