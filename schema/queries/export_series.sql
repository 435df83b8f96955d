-- SPDX-License-Identifier: Apache-2.0
-- Series of a device, or of what stands in a rack: its devices, and channels of others.
SELECT s.id, e.name, s.part, q.name, q.unit
FROM entity AS e
JOIN series AS s ON s.entity = e.id
JOIN quantity AS q ON q.id = s.quantity
WHERE e.kind = 'device'
  AND (:device IS NULL OR e.name = :device)
  AND (:part IS NULL OR s.part = :part)
  AND (:quantity IS NULL OR q.name = :quantity)
  AND (:rack IS NULL
       OR e.name IN (SELECT name FROM v_device WHERE rack = :rack)
       OR (e.name, s.part) IN (SELECT device, part FROM v_channel WHERE rack = :rack))
ORDER BY e.name, s.part, q.id
