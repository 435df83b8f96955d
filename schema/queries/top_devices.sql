-- SPDX-License-Identifier: Apache-2.0
-- The devices of a rack and how they are.
SELECT device, state, since, coalesce(cause, ''), planned, circuit
FROM v_device_state WHERE rack = :rack ORDER BY device
