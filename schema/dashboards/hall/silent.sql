-- SPDX-License-Identifier: Apache-2.0
-- Devices of the hall that do not answer; those that fell silent together are one row, their circuit's.
SELECT
    CASE WHEN planned THEN 'planned' ELSE state END AS state, rack, circuit, device,
    CAST(value AS REAL) AS devices, since, text || '' AS text
FROM alert_stale_device
WHERE hall = ${hall:sqlstring}
ORDER BY planned, alarm DESC, since DESC
LIMIT 200
