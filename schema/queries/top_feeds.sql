-- SPDX-License-Identifier: Apache-2.0
-- Power and current per phase of a circuit now, and what it may carry.
SELECT c.side, c.rated_a, c.derate, l.part, l.quantity, l.value
FROM v_circuit AS c
LEFT JOIN v_latest AS l ON l.entity_kind = 'circuit' AND l.entity = c.name
    AND l.quantity IN ('power_w', 'current_a')
WHERE c.name = :circuit
ORDER BY l.part
