-- SPDX-License-Identifier: Apache-2.0
-- The health of each device in force. planned: announced work covers it now: itself, its rack, row,
-- hall or tenant, the site, or its circuit or one that feeds it (v_planned).
-- The lists stand behind IN so that they are made once, not per device.
CREATE VIEW v_device_state AS
SELECT
    d.name AS device,
    coalesce(t.state, 'unknown') AS state,
    t.since,
    x.name AS cause,
    d.rack,
    d.circuit,
    d.name IN (SELECT name FROM v_planned WHERE +scope = 'device')
        OR coalesce(d.rack, '') IN (SELECT name FROM v_planned WHERE +scope = 'rack')
        OR coalesce(d.circuit, '') IN (SELECT name FROM v_planned WHERE +scope = 'circuit')
        OR EXISTS (SELECT 1 FROM v_planned WHERE +scope = 'site') AS planned
FROM v_device AS d
LEFT JOIN entity AS e ON e.kind = 'device' AND e.name = d.name
LEFT JOIN device_state AS t ON t.entity = e.id
LEFT JOIN cause AS x ON x.id = t.cause AND t.cause <> 0;
