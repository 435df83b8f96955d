-- SPDX-License-Identifier: Apache-2.0
-- Devices that do not answer, the latest first.
SELECT device, rack, circuit, state, since, coalesce(cause, ''), planned
FROM v_device_state
WHERE state IN ('suspect', 'dormant')
ORDER BY planned, since DESC, device
