-- SPDX-License-Identifier: Apache-2.0
-- The series of another quantity of the part that a series belongs to.
SELECT x.id
FROM series AS s
JOIN series AS x ON x.entity = s.entity AND x.part = s.part
JOIN quantity AS q ON q.id = x.quantity AND q.name = :quantity
WHERE s.id = :series
