-- SPDX-License-Identifier: Apache-2.0
-- The sums that the collector stores of circuits, by circuit.
SELECT e.name, s.part, q.name, s.id
FROM entity AS e
JOIN series AS s ON s.entity = e.id
JOIN quantity AS q ON q.id = s.quantity
WHERE e.kind = 'circuit'
ORDER BY e.name, s.id
