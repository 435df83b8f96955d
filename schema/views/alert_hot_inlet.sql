-- SPDX-License-Identifier: Apache-2.0
-- Live racks with an inlet above what their class recommends (warm) or allows (hot) now: the warmest
-- of each, of the sensors that have a reading and can be believed. value and the limit that is passed
-- in C; device and part are the sensor. Announced work excuses no temperature: alarm stays.
CREATE VIEW alert_hot_inlet AS
SELECT
    r.hall, r.key AS rack, c.key AS circuit, o.part, o.device,
    CASE o.hot WHEN 1 THEN 'hot' ELSE 'warm' END AS state,
    CAST(1 + o.hot AS REAL) AS alarm,
    r.key IN (SELECT name FROM v_planned WHERE +scope = 'rack')
        OR EXISTS (SELECT 1 FROM v_planned WHERE +scope = 'site') AS planned,
    o.ts AS since, CAST(o.value AS REAL) AS value,
    CAST(CASE o.hot WHEN 1 THEN o.high ELSE o.recommended END AS REAL) AS "limit", 'degC' AS unit,
    printf('rack %s: %.1f C at %s/%s (%s), above the %s %.0f C of class %s', r.key, o.value, o.device,
        o.part, o.position, CASE o.hot WHEN 1 THEN 'allowable' ELSE 'recommended' END,
        CASE o.hot WHEN 1 THEN o.high ELSE o.recommended END, o.thermal_class) AS text
FROM (
    SELECT
        s.rack, s.device, s.part, s.position, s.ts, max(s.value) AS value, s.thermal_class,
        k.recommended_high_c AS recommended, k.allowable_high_c AS high,
        s.value > k.allowable_high_c AS hot
    FROM v_sensor_latest AS s
    CROSS JOIN v_thermal_class AS k
    WHERE s.place = 'inlet' AND s.quantity = 'temperature_c' AND s.counted AND s.status = 'live'
        AND +k.name = s.thermal_class AND s.value > k.recommended_high_c
    GROUP BY s.rack
) AS o
CROSS JOIN v_rack AS r ON r.name = o.rack
LEFT JOIN circuit AS c ON c.id = 0;
