-- SPDX-License-Identifier: Apache-2.0
-- The sensors of v_sensor that have a reading now, not older than three instants, corrected. counted 0:
-- a temperature that no room has (-20 to 70 C of air, 95 C of water), which no report counts either.
CREATE VIEW v_sensor_latest AS
SELECT
    s.device, s.part, s.position, s.place, s.rack, s.hall, s.row, s.pos, s.status, s.tenant,
    s.thermal_class, s.quantity, s.unit, l.ts, l.age_s,
    CAST(l.value * s.factor + s.offset AS REAL) AS value,
    s.quantity <> 'temperature_c' OR l.value * s.factor + s.offset BETWEEN -20
        AND CASE WHEN s.place GLOB 'liquid*' THEN 95 ELSE 70 END AS counted
FROM v_sensor AS s
CROSS JOIN v_latest AS l ON l.entity_kind = 'device' AND l.entity = s.device AND l.part = s.part
    AND l.quantity = s.quantity;
