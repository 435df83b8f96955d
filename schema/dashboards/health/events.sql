-- SPDX-License-Identifier: Apache-2.0
-- What happened to the collector and its file in the time shown: restarts, configuration, imports, the
-- clock, the store; device by device stands in the site's dashboard.
SELECT
    ts AS time, CASE severity WHEN 2 THEN 'alarm' WHEN 1 THEN 'warning' ELSE 'info' END AS severity,
    kind, text
FROM v_event
WHERE ts BETWEEN $__from / 1000 AND $__to / 1000 AND kind NOT IN ('device_state', 'limit')
ORDER BY ts DESC, id DESC
LIMIT 100
