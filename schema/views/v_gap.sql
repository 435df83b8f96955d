-- SPDX-License-Identifier: Apache-2.0
-- Why something is absent, from the first to the last absent instant (to_ts NULL: it goes
-- on; n is counted when it ends). part and quantity NULL: the whole scan; scan NULL:
-- everything.
CREATE VIEW v_gap AS
SELECT
    coalesce(pe.kind, se.kind) AS entity_kind,
    coalesce(pe.name, se.name) AS entity,
    c.name AS scan,
    s.part,
    q.name AS quantity,
    g.from_ts,
    g.to_ts,
    x.name AS cause,
    g.cause AS cause_id,
    g.n,
    g.id
FROM gap AS g
JOIN cause AS x ON x.id = g.cause
LEFT JOIN scan AS c ON c.id = g.scan
LEFT JOIN entity AS se ON se.id = c.entity
LEFT JOIN point AS p ON p.scan = g.scan AND p.slot = g.slot
LEFT JOIN series AS s ON s.id = p.series
LEFT JOIN entity AS pe ON pe.id = s.entity
LEFT JOIN quantity AS q ON q.id = s.quantity;
