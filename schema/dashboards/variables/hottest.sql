-- SPDX-License-Identifier: Apache-2.0
-- The devices of the eight warmest inlets of the chosen halls now: whose curves are drawn.
SELECT device || '' AS device
FROM v_sensor_latest
WHERE place = 'inlet' AND quantity = 'temperature_c' AND counted AND hall IN (${hall:sqlstring})
GROUP BY device
ORDER BY max(value) DESC, device
LIMIT 8
