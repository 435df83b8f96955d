-- SPDX-License-Identifier: Apache-2.0
-- Devices that say of themselves that something is wrong: 1 warning, 2 critical; without those under
-- announced work.
SELECT hall, rack, circuit, device, CAST(alarm AS REAL) AS alarm
FROM alert_device_state
WHERE alarm > 0
