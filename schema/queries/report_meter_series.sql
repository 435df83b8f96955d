-- SPDX-License-Identifier: Apache-2.0
-- Power and energy series of all devices, by device and part.
SELECT s.id, e.name, s.part, q.name, s.main
FROM series AS s
JOIN entity AS e ON e.id = s.entity AND e.kind = 'device'
JOIN quantity AS q ON q.id = s.quantity AND q.name IN ('power_w', 'energy_wh')
ORDER BY e.name, s.part, s.id
