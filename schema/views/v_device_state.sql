-- SPDX-License-Identifier: Apache-2.0
-- The health of each device in force. planned: a row of the operating log covers it now: itself,
-- its rack, row, hall or tenant, the site, or its circuit or one that feeds it, as an alternate too.
-- The lists stand behind IN so that they are made once, not per device.
CREATE VIEW v_device_state AS
WITH RECURSIVE work AS (
    SELECT scope, scope_id FROM log
    WHERE kind = 'planned' AND corrected_by IS NULL
        AND (valid_to IS NULL OR valid_to > unixepoch())
        AND from_ts <= unixepoch() AND (to_ts IS NULL OR to_ts > unixepoch())
),
feeds(name, up, rest) AS (  -- what feeds a circuit, a row each; only where it is asked
    SELECT name, NULL, replace(fed_by, '>', '+') || '+' FROM v_circuit
    WHERE fed_by <> '' AND EXISTS (SELECT 1 FROM work WHERE scope IN ('circuit', 'hall'))
    UNION ALL
    SELECT name, substr(rest, 1, instr(rest, '+') - 1), substr(rest, instr(rest, '+') + 1)
    FROM feeds WHERE rest <> ''
),
worked_circuit(name) AS (
    SELECT scope_id FROM work WHERE scope = 'circuit'
    UNION
    SELECT c.name FROM work AS w JOIN v_circuit AS c ON c.hall = w.scope_id WHERE w.scope = 'hall'
    UNION
    SELECT f.name FROM worked_circuit AS c JOIN feeds AS f ON f.up = c.name
),
worked_rack(name) AS (
    SELECT scope_id FROM work WHERE scope = 'rack'
    UNION
    SELECT r.name FROM work AS w
    JOIN v_rack AS r ON w.scope_id = CASE w.scope
        WHEN 'row' THEN r.row WHEN 'hall' THEN r.hall WHEN 'tenant' THEN r.tenant END
)
SELECT
    d.name AS device,
    coalesce(t.state, 'unknown') AS state,
    t.since,
    x.name AS cause,
    d.rack,
    d.circuit,
    d.name IN (SELECT scope_id FROM work WHERE scope = 'device')
        OR coalesce(d.rack, '') IN (SELECT name FROM worked_rack)
        OR coalesce(d.circuit, '') IN (SELECT name FROM worked_circuit)
        OR EXISTS (SELECT 1 FROM work WHERE scope = 'site') AS planned
FROM v_device AS d
LEFT JOIN entity AS e ON e.kind = 'device' AND e.name = d.name
LEFT JOIN device_state AS t ON t.entity = e.id
LEFT JOIN cause AS x ON x.id = t.cause AND t.cause <> 0;
