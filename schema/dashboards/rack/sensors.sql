-- SPDX-License-Identifier: Apache-2.0
-- The sensors that are placed in the rack now.
SELECT
    position || '' AS position, device || '/' || part AS sensor, quantity || '' AS quantity,
    CAST(CASE quantity WHEN 'humidity_pct' THEN NULL ELSE value END AS REAL) AS celsius,
    CAST(CASE quantity WHEN 'humidity_pct' THEN value END AS REAL) AS humidity,
    CAST(age_s AS REAL) AS age_s
FROM v_sensor_latest
WHERE rack = ${rack:sqlstring}
ORDER BY 1, 2, 3
