-- SPDX-License-Identifier: Apache-2.0
-- Devices that say now that something is wrong with them, a row a device, the worst first.
SELECT
    CASE WHEN planned THEN 'planned' ELSE state END AS state, hall, rack, circuit, device,
    CAST(value AS REAL) AS states, since, text || '' AS text
FROM alert_device_state
ORDER BY alarm DESC, since DESC
LIMIT 200
