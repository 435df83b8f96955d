-- SPDX-License-Identifier: Apache-2.0
-- The series of the collector itself.
SELECT r.id, q.name
FROM series AS r
JOIN entity AS e ON e.id = r.entity AND e.kind = 'collector' AND e.name = 'rackmeterd'
JOIN quantity AS q ON q.id = r.quantity
