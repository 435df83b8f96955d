-- SPDX-License-Identifier: Apache-2.0
-- What a device has, for a message.
SELECT s.part || ' ' || q.name
FROM entity AS e
JOIN series AS s ON s.entity = e.id
JOIN quantity AS q ON q.id = s.quantity
WHERE e.kind = 'device' AND e.name = :device
ORDER BY s.part, q.id
