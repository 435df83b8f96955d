-- SPDX-License-Identifier: Apache-2.0
-- The sums that the collector stores of all racks, circuits, halls or sites (:kind), by name and
-- part.
SELECT e.name, s.part, q.name, s.id
FROM entity AS e
JOIN series AS s ON s.entity = e.id
JOIN quantity AS q ON q.id = s.quantity
    AND q.name IN ('power_w', 'members_present', 'members_expected', 'current_a')
WHERE e.kind = :kind
ORDER BY e.name, s.part
