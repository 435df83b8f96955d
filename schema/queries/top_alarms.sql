-- SPDX-License-Identifier: Apache-2.0
-- Devices that say that something is wrong with them, worst first, then the latest.
SELECT device, state = 'critical', planned, since, says
FROM alert_device_state
ORDER BY planned, state, since DESC, device
