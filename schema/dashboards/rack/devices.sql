-- SPDX-License-Identifier: Apache-2.0
-- The devices of the rack and how they are.
SELECT
    s.device || '' AS device, s.state || '' AS state, s.since, s.cause, d.profile || '' AS profile,
    d.role || '' AS role, d.circuit || '' AS circuit,
    CASE WHEN s.planned THEN 'planned' ELSE '' END AS work
FROM v_device_state AS s
CROSS JOIN v_device AS d ON d.name = s.device
WHERE s.rack = ${rack:sqlstring}
ORDER BY s.state = 'ok', 1
