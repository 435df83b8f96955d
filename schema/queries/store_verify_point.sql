-- SPDX-License-Identifier: Apache-2.0
SELECT e.kind || ' ' || e.name || ' ' || s.part || ' ' || q.name
FROM point AS p
JOIN series AS s ON s.id = p.series
JOIN entity AS e ON e.id = s.entity
JOIN quantity AS q ON q.id = s.quantity
WHERE p.id = :point
