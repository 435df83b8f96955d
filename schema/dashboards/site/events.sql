-- SPDX-License-Identifier: Apache-2.0
-- What happened in the time shown, the latest first, 200 at most.
SELECT
    ts AS time, CASE severity WHEN 2 THEN 'alarm' WHEN 1 THEN 'warning' ELSE 'info' END AS severity,
    kind, entity, text
FROM v_event
WHERE ts BETWEEN $__from / 1000 AND $__to / 1000
ORDER BY ts DESC, id DESC
LIMIT 200
