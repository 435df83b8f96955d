-- SPDX-License-Identifier: Apache-2.0
-- What announced work covers now (rows of the operating log of kind planned): scope site, device,
-- rack or circuit, and its name. A rack is covered by work on itself, its row, hall or tenant; a circuit
-- by work on itself, its hall, or one that feeds it, as an alternate too.
-- The unary + keeps SQLite from indexing a handful of rows for each use.
CREATE VIEW v_planned AS
WITH RECURSIVE work AS (
    SELECT scope, scope_id FROM log
    WHERE kind = 'planned' AND corrected_by IS NULL
        AND (valid_to IS NULL OR valid_to > unixepoch())
        AND from_ts <= unixepoch() AND (to_ts IS NULL OR to_ts > unixepoch())
),
climb(name, up) AS (  -- from each circuit to what feeds it; only when it is asked
    SELECT name, name FROM v_circuit
    WHERE EXISTS (SELECT 1 FROM work WHERE +scope IN ('circuit', 'hall'))
    UNION
    SELECT c.name, u.value
    FROM climb AS c
    CROSS JOIN v_circuit AS p ON p.name = c.up
    CROSS JOIN json_each('["' || replace(replace(p.fed_by, '>', '","'), '+', '","') || '"]') AS u
    WHERE p.fed_by <> ''
)
SELECT DISTINCT 'circuit' AS scope, name
FROM climb
WHERE up IN (
    SELECT scope_id FROM work WHERE +scope = 'circuit'
    UNION ALL
    SELECT c.name FROM work AS w CROSS JOIN v_circuit AS c
    WHERE +c.hall = w.scope_id AND +w.scope = 'hall')
UNION ALL
SELECT 'circuit', scope_id FROM work WHERE +scope = 'circuit'
UNION ALL
SELECT 'rack', scope_id FROM work WHERE +scope = 'rack'
UNION ALL
SELECT 'rack', r.name
FROM work AS w
CROSS JOIN v_rack AS r
WHERE +w.scope_id = CASE w.scope
    WHEN 'row' THEN r.row WHEN 'hall' THEN r.hall WHEN 'tenant' THEN r.tenant END
UNION ALL
SELECT +scope, scope_id FROM work WHERE +scope IN ('device', 'site');
