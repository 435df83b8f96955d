-- SPDX-License-Identifier: Apache-2.0
-- Racks near or over their power budget, and phases of feeds near or over their derated rating: the
-- levels that the collector holds (v_limit_state), with limits.hold and limits.clear applied. value is
-- what brought the level. Work that was announced excuses no load: planned says so, alarm stays.
CREATE VIEW alert_over_budget AS
SELECT
    r.hall, r.key AS rack, c.key AS circuit, l.part, d.key AS device, l.level AS state,
    CAST(CASE l.level WHEN 'over' THEN 2 ELSE 1 END AS REAL) AS alarm,
    r.key IN (SELECT name FROM v_planned WHERE +scope = 'rack')
        OR EXISTS (SELECT 1 FROM v_planned WHERE +scope = 'site') AS planned,
    l.since, l.value, l."limit", q.unit,
    'rack ' || r.key || CASE l.level WHEN 'over' THEN ' is over' ELSE ' comes near' END
        || printf(' its budget: %.1f kW of %.1f kW', l.value / 1000, l."limit" / 1000) AS text
FROM limit_state AS l
JOIN entity AS e ON e.id = l.entity AND e.kind = 'rack'
JOIN quantity AS q ON q.id = l.quantity
JOIN v_rack AS r ON r.name = e.name
LEFT JOIN circuit AS c ON c.id = 0
LEFT JOIN device AS d ON d.id = 0
WHERE l.level <> 'ok'
UNION ALL
SELECT
    c.hall, r.key, c.key, l.part, d.key, l.level,
    CAST(CASE l.level WHEN 'over' THEN 2 ELSE 1 END AS REAL),
    c.key IN (SELECT name FROM v_planned WHERE +scope = 'circuit')
        OR EXISTS (SELECT 1 FROM v_planned WHERE +scope = 'site'),
    l.since, l.value, l."limit", q.unit,
    'circuit ' || c.key || ' ' || l.part
        || CASE l.level WHEN 'over' THEN ' is over' ELSE ' comes near' END
        || printf(' its derated rating: %.1f A of %.1f A', l.value, l."limit")
FROM limit_state AS l
JOIN entity AS e ON e.id = l.entity AND e.kind = 'circuit'
JOIN quantity AS q ON q.id = l.quantity
JOIN v_circuit AS c ON c.name = e.name
LEFT JOIN rack AS r ON r.id = 0
LEFT JOIN device AS d ON d.id = 0
WHERE l.level <> 'ok';
