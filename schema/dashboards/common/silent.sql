-- SPDX-License-Identifier: Apache-2.0
-- Circuits whose devices fell silent together, else devices that do not answer; those that announced
-- work explains come last.
SELECT
    CASE WHEN planned THEN 'planned' ELSE state END AS state, hall, rack, circuit, device,
    CAST(value AS REAL) AS devices, since, text || '' AS text
FROM alert_stale_device
ORDER BY alarm DESC, since DESC
LIMIT 200
