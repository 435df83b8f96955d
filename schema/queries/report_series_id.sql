-- SPDX-License-Identifier: Apache-2.0
-- The identity of one series.
SELECT s.id
FROM entity AS e
JOIN series AS s ON s.entity = e.id AND s.part = :part
JOIN quantity AS q ON q.id = s.quantity AND q.name = :quantity
WHERE e.kind = :kind AND e.name = :entity
