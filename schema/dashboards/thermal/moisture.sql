-- SPDX-License-Identifier: Apache-2.0
-- Humidity and dew points of the chosen halls now, by place: how many sensors, least, mean and greatest.
SELECT
    hall || '' AS hall, place || '' AS place,
    CAST(sum(quantity = 'humidity_pct') AS REAL) AS sensors,
    CAST(min(CASE quantity WHEN 'humidity_pct' THEN value END) AS REAL) AS least_pct,
    CAST(avg(CASE quantity WHEN 'humidity_pct' THEN value END) AS REAL) AS mean_pct,
    CAST(max(CASE quantity WHEN 'humidity_pct' THEN value END) AS REAL) AS most_pct,
    CAST(max(CASE quantity WHEN 'dew_point_c' THEN value END) AS REAL) AS dew_point_c
FROM v_sensor_latest
WHERE +quantity IN ('humidity_pct', 'dew_point_c') AND hall IN (${hall:sqlstring})
GROUP BY hall, place
ORDER BY hall, place
