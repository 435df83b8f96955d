-- SPDX-License-Identifier: Apache-2.0
-- Racks of the chosen halls that were above what their class recommends in the last 31 whole days: how
-- long their worst inlet was above it and above what is allowed (by hours, v_hot_hour), on how many days,
-- and the highest reading.
WITH hours AS MATERIALIZED (
    SELECT
        rack, hall, device || '/' || part AS sensor, day_ts, max, above_recommended_min, above_allowable_min
    FROM v_hot_hour
    WHERE day_ts >= unixepoch() - 32 * 86400 AND hall IN (${hall:sqlstring}) AND rack IS NOT NULL
)
SELECT
    rack || '' AS rack, hall || '' AS hall,
    CAST(max(recommended_min) * 60 AS REAL) AS above_recommended_s,
    CAST(max(allowable_min) * 60 AS REAL) AS above_allowable_s,
    CAST(max(days) AS REAL) AS days, CAST(max(max_c) AS REAL) AS max_c
FROM (
    SELECT
        rack, hall, sensor, sum(above_recommended_min) AS recommended_min,
        sum(above_allowable_min) AS allowable_min, count(DISTINCT day_ts) AS days, max(max) AS max_c
    FROM hours
    GROUP BY rack, hall, sensor
)
GROUP BY rack, hall
ORDER BY above_allowable_s DESC, above_recommended_s DESC
LIMIT 50
