-- SPDX-License-Identifier: Apache-2.0
-- Alarms that last, for a collector that starts.
SELECT e.name, a.part, q.name, a.state, a.severity, a.from_ts
FROM alarm AS a
JOIN entity AS e ON e.id = a.entity
JOIN quantity AS q ON q.id = a.quantity
WHERE a.to_ts IS NULL
