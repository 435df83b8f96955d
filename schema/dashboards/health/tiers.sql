-- SPDX-License-Identifier: Apache-2.0
-- From when on each form of the readings is there (retention); days are kept for ever. seconds: how far
-- back from the newest finished hour.
WITH told AS MATERIALIZED (
    SELECT
        min(CASE WHEN raw THEN ts END) AS raw_from, min(CASE WHEN r5 THEN ts END) AS five_from,
        min(CASE WHEN h1 THEN ts END) AS hour_from, min(ts) AS first_ts, max(ts) + 3600 AS until
    FROM v_hour
    WHERE finished = 1
)
SELECT 'samples' AS tier, raw_from AS from_ts, CAST(until - raw_from AS REAL) AS seconds FROM told
UNION ALL SELECT '5 minutes', five_from, CAST(until - five_from AS REAL) FROM told
UNION ALL SELECT 'hours', hour_from, CAST(until - hour_from AS REAL) FROM told
UNION ALL SELECT 'days', first_ts, CAST(until - first_ts AS REAL) FROM told
