-- SPDX-License-Identifier: Apache-2.0
-- What happened to the rack, its feeds and its devices in the time shown, the latest first.
SELECT
    ts AS time, CASE severity WHEN 2 THEN 'alarm' WHEN 1 THEN 'warning' ELSE 'info' END AS severity,
    kind, entity, text
FROM v_event
WHERE ts BETWEEN $__from / 1000 AND $__to / 1000
  AND (entity = ${rack:sqlstring} OR entity IN (${feed:sqlstring})
      OR entity IN (SELECT name FROM v_device WHERE rack = ${rack:sqlstring}))
ORDER BY ts DESC, id DESC
LIMIT 200
