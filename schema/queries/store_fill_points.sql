-- SPDX-License-Identifier: Apache-2.0
-- Every point with its names, but for what a collector says of itself and its polls.
SELECT s.id, p.id, p.mul, p.div, p.offset, e.kind, e.name, s.part, q.name
FROM series AS s
JOIN entity AS e ON e.id = s.entity
JOIN quantity AS q ON q.id = s.quantity
JOIN point AS p ON p.series = s.id
WHERE e.kind <> 'collector' AND s.part <> 'collector' AND p.div > 0
ORDER BY s.id, p.valid_from, p.id
