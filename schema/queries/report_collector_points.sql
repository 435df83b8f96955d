-- SPDX-License-Identifier: Apache-2.0
-- Where the collector keeps its measurements of devices: by scan and slot.
SELECT p.scan, p.slot, e.name, q.name, p.mul, p.div
FROM scan AS s
JOIN entity AS c ON c.id = s.entity AND c.kind = 'collector'
JOIN point AS p ON p.scan = s.id
JOIN series AS r ON r.id = p.series
JOIN entity AS e ON e.id = r.entity AND e.kind = 'device'
JOIN quantity AS q ON q.id = r.quantity
WHERE s.name = 'devices'
ORDER BY p.scan, p.slot
