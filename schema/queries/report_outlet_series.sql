-- SPDX-License-Identifier: Apache-2.0
-- What an outlet of a device measures of its load, its current first.
SELECT s.id, q.name = 'power_w'
FROM entity AS e
JOIN series AS s ON s.entity = e.id AND s.part = :part
JOIN quantity AS q ON q.id = s.quantity AND q.name IN ('current_a', 'power_w')
WHERE e.kind = 'device' AND e.name = :device
ORDER BY q.name
