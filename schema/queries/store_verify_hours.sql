-- SPDX-License-Identifier: Apache-2.0
-- Hours that stand in both forms, and rows of hours that stand in neither.
WITH known (hour) AS (SELECT hour FROM period UNION SELECT hour FROM open_hour),
span (low, high) AS (
    SELECT hour / 3600 + 1, coalesce(lead(hour) OVER (ORDER BY hour) / 3600, 2147483647) FROM known
    UNION ALL
    SELECT 0, coalesce(min(hour) / 3600, 2147483647) FROM known
)
SELECT t.hour, 0, 'stands in open_hour and in period' FROM period AS t
JOIN open_hour AS o ON o.hour = t.hour
UNION ALL
SELECT (SELECT min(id) >> 32 FROM chunk WHERE id >= low << 32 AND id < high << 32) * 3600, 1,
    'has samples, but is neither finished nor open'
FROM span WHERE EXISTS (SELECT 1 FROM chunk WHERE id >= low << 32 AND id < high << 32)
UNION ALL
SELECT (SELECT min(id) >> 32 FROM chunk_dense
        WHERE id >= span.low << 32 AND id < span.high << 32) * 3600, 1,
    'has samples in the denser form, but is neither finished nor open'
FROM span
WHERE EXISTS (SELECT 1 FROM chunk_dense WHERE id >= span.low << 32 AND id < span.high << 32)
UNION ALL
SELECT (SELECT min(id) >> 32 FROM rollup_5m WHERE id >= low << 32 AND id < high << 32) * 3600, 1,
    'has five-minute rows, but is neither finished nor open'
FROM span WHERE EXISTS (SELECT 1 FROM rollup_5m WHERE id >= low << 32 AND id < high << 32)
