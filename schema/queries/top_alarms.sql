-- SPDX-License-Identifier: Apache-2.0
-- Devices that say that something is wrong with them, worst first, then the latest.
SELECT device, state = 'critical', planned, since, substr(text, length(device) + 10)
FROM alert_device_state
ORDER BY planned, state, since DESC, device
