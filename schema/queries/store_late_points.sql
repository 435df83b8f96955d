-- SPDX-License-Identifier: Apache-2.0
-- The storage epochs of a series, by its names.
SELECT p.id, p.valid_from, p.mul, p.div, p.offset
FROM entity AS e
JOIN series AS s ON s.entity = e.id AND s.part = :part
JOIN quantity AS q ON q.id = s.quantity AND q.name = :quantity
JOIN point AS p ON p.series = s.id
WHERE e.kind = :kind AND e.name = :entity
ORDER BY p.valid_from, p.id
