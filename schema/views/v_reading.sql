-- SPDX-License-Identifier: Apache-2.0
-- Every stored value. Finished hours come from chunks, position by position, old ones from their
-- denser form (v_dense); open hours from the ring (v_open_reading). hour is the start of the UTC hour: say it beside ts (hour BETWEEN
-- ts1 - 3600 AND ts2), or every hour since the first is walked through. step_s: how far the instants of
-- that hour lie apart.
-- Columns have the same affinity in each arm: else SQLite puts every row of the view into a co-routine,
-- with all columns, before it looks at what was asked for.
CREATE VIEW v_reading AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    q.name AS quantity,
    q.unit,
    CAST(t.hour + c.phase + i.i * c.step AS INTEGER) AS ts,
    CAST(CAST(c.base + ((c.slope * i.i) >> 12) + CASE
            WHEN c.w = 0 THEN 0
            WHEN c.w < 5 THEN unicode(substr(c.v, c.w * i.i + 1, c.w))
            ELSE CAST(substr(c.v, c.w * i.i + 1, c.w) AS INTEGER)
        END + CASE
            WHEN c.seg = 0 THEN 0
            ELSE unicode(substr(c.v, c.w * c.n + c.sw * (i.i / c.seg) + 1, c.sw))
        END AS REAL) * p.mul / p.div + p.offset AS REAL) AS value,
    t.hour,
    CAST(c.step AS INTEGER) AS step_s
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN chunk AS c ON c.id = t.hour / 3600 * 4294967296 + p.id
CROSS JOIN tick AS i ON i.i < c.n
WHERE t.raw = 1
  AND (c.w = 0 OR substr(c.v, c.w * i.i + 1, 1) <> x'00')
UNION ALL
SELECT
    e.kind, e.name, s.part, q.name, q.unit,
    CAST(t.hour + d.at AS INTEGER),
    CAST(CAST(d.raw AS REAL) * p.mul / p.div + p.offset AS REAL),
    t.hour,
    CAST(d.step AS INTEGER)
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN v_dense AS d ON d.id = t.hour / 3600 * 4294967296 + p.id
WHERE t.raw = 1
  AND t.hour <= (SELECT max(id) >> 32 FROM chunk_dense) * 3600
UNION ALL
SELECT
    o.entity_kind, o.entity, o.part, o.quantity, o.unit, o.ts,
    CAST(CAST(o.raw AS REAL) * o.mul / o.div + o.offset AS REAL),
    o.hour,
    CAST(o.step_s AS INTEGER)
FROM v_open_reading AS o;
