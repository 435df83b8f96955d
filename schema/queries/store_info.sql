-- SPDX-License-Identifier: Apache-2.0
-- What the finished hours are, tier by tier.
SELECT (SELECT count(*) FROM open_hour), coalesce(sum(raw), 0), coalesce(sum(r5), 0),
    coalesce(sum(h1), 0), min(CASE WHEN raw THEN first_ts END), max(CASE WHEN raw THEN last_ts END),
    coalesce(sum(CASE WHEN raw THEN samples END), 0),
    (SELECT count(*) FROM civil_day AS d WHERE d.d1 = 1 AND EXISTS (
        SELECT 1 FROM rollup_1d AS r WHERE r.id >= d.day << 32 AND r.id < d.day + 1 << 32))
FROM period
