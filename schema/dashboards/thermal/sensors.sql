-- SPDX-License-Identifier: Apache-2.0
-- Placed temperature sensors of the chosen halls that are not counted now: silent, or with a reading that
-- no room has. Sensors that stand still for hours are found by report thermal only.
SELECT
    s.device || '/' || s.part AS sensor, s.position || '' AS position, coalesce(s.rack, '') || '' AS rack,
    coalesce(s.hall, '') || '' AS hall, d.state || '' AS device, CAST(s.value AS REAL) AS value
FROM (
    SELECT device, part, position, rack, hall, NULL AS value
    FROM v_sensor
    WHERE quantity = 'temperature_c' AND hall IN (${hall:sqlstring})
      AND device || '/' || part NOT IN (
        SELECT device || '/' || part FROM v_sensor_latest WHERE quantity = 'temperature_c')
    UNION ALL
    SELECT device, part, position, rack, hall, value
    FROM v_sensor_latest
    WHERE quantity = 'temperature_c' AND hall IN (${hall:sqlstring}) AND NOT counted
) AS s
CROSS JOIN v_device_state AS d ON d.device = s.device
ORDER BY s.rack, s.device, s.part
LIMIT 200
