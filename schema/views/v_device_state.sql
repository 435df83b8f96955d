-- SPDX-License-Identifier: Apache-2.0
-- The health of each device in force. planned: a row of the operating log covers it now,
-- or its rack, its circuit or the site.
CREATE VIEW v_device_state AS
SELECT
    d.name AS device,
    coalesce(t.state, 'unknown') AS state,
    t.since,
    x.name AS cause,
    d.rack,
    d.circuit,
    EXISTS (
        SELECT 1 FROM log AS l
        WHERE l.kind = 'planned'
          AND l.corrected_by IS NULL
          AND (l.valid_to IS NULL OR l.valid_to > unixepoch())
          AND l.from_ts <= unixepoch()
          AND (l.to_ts IS NULL OR l.to_ts > unixepoch())
          AND (
            (l.scope = 'device' AND l.scope_id = d.name)
            OR (l.scope = 'rack' AND l.scope_id = d.rack)
            OR (l.scope = 'circuit' AND l.scope_id = d.circuit)
            OR l.scope = 'site'
          )
    ) AS planned
FROM v_device AS d
LEFT JOIN entity AS e ON e.kind = 'device' AND e.name = d.name
LEFT JOIN device_state AS t ON t.entity = e.id
LEFT JOIN cause AS x ON x.id = t.cause AND t.cause <> 0;
