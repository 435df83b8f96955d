-- SPDX-License-Identifier: Apache-2.0
-- Five minutes by five minutes, up to now: value is the mean of a gauge, the last of a counter,
-- the greatest of a state, the OR of flags; n samples stand behind it. ts is the beginning. The
-- running five minutes hold what has come so far. Finished hours come from rollup_5m (v_made_5m), open
-- ones from the ring, or from hot_5m where a scan has it, the running ones of such a scan from its newest row
-- (v_open_five). Give hour limits beside ts, as for v_reading.
-- Five minutes in which the scale of a series changed have a row for each scale.
-- Columns have the same affinity in each arm: else SQLite puts every row of the view into a co-routine,
-- with all columns, before it looks at what was asked for.
CREATE VIEW v_reading_5m AS
SELECT
    entity_kind, entity, part, quantity, unit, kind, ts, value, n, hour
FROM v_made_5m
UNION ALL
SELECT
    o.entity_kind, o.entity, o.part, o.quantity, o.unit, o.kind, o.ts,
    CAST(CASE o.kind
        WHEN 'counter' THEN CAST(substr(o.last, 13) AS INTEGER) * 1.0 * o.mul / o.div + o.offset
        WHEN 'state' THEN CAST(o.max AS REAL) * o.mul / o.div + o.offset
        WHEN 'flags' THEN (SELECT coalesce(sum(1 << b.i), 0) FROM tick AS b
             WHERE b.i < 63 AND EXISTS (
                SELECT 1 FROM json_each(o.raws) AS j WHERE j.value & (1 << b.i))) * 1.0 * o.mul / o.div + o.offset
        ELSE o.mean * o.mul / o.div + o.offset
    END AS REAL),
    o.n,
    o.hour
FROM (
    SELECT
        e.kind AS entity_kind, e.name AS entity, s.part, q.name AS quantity, q.unit, p.kind, x.hour,
        CAST(x.ts AS INTEGER) AS ts,
        p.mul, p.div, p.offset,
        CAST(count(*) AS INTEGER) AS n,
        avg(r.raw) AS mean,
        max(r.raw) AS max,
        max(CASE p.kind WHEN 'counter' THEN printf('%012d', r.ts) || r.raw END) AS last,
        CASE p.kind WHEN 'flags' THEN json_group_array(r.raw) END AS raws
    FROM entity AS e
    CROSS JOIN series AS s ON s.entity = e.id
    CROSS JOIN quantity AS q ON q.id = s.quantity
    CROSS JOIN point AS p ON p.series = s.id
    CROSS JOIN v_open_five AS x ON x.scan = p.scan
    CROSS JOIN v_open_reading AS r ON r.hour = x.hour AND r.entity_kind = e.kind
        AND r.entity = e.name AND r.part = s.part AND r.quantity = q.name AND r.point = p.id
        AND r.five = x.ts
    WHERE x.w IS NULL
    GROUP BY e.kind, e.name, s.part, q.name, q.unit, p.kind, x.hour, p.id, x.ts
) AS o
UNION ALL
SELECT
    e.kind, e.name, s.part, q.name, q.unit, p.kind,
    f.ts,
    CAST(CAST(substr(f.v, f.w * (4 * p.slot + 1) + 1, f.w) AS INTEGER) * 1.0
         / CAST(substr(f.v, f.w * 4 * p.slot + 1, f.w) AS INTEGER) * p.mul / p.div + p.offset
         AS REAL),
    CAST(substr(f.v, f.w * 4 * p.slot + 1, f.w) AS INTEGER),
    o.hour
FROM open_hour AS o
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN tick AS b ON b.i < 12
CROSS JOIN hot_5m AS f ON f.id = ((o.hour / 300 + b.i) % ((SELECT hot_ring_s FROM store) / 300) << 32)
    + p.scan AND f.ts = o.hour + b.i * 300
WHERE CAST(substr(f.v, f.w * 4 * p.slot + 1, f.w) AS INTEGER) > 0
UNION ALL
SELECT
    e.kind, e.name, s.part, q.name, q.unit, p.kind,
    CAST(x.ts AS INTEGER),
    CAST(CAST(substr(x.v, x.w * (p.slot + 1) + 1, x.w) AS INTEGER) * 1.0
        / CAST(substr(x.v, 1, x.w) AS INTEGER) * p.mul / p.div + p.offset AS REAL),
    CAST(substr(x.v, 1, x.w) AS INTEGER),
    x.hour
FROM entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN v_open_five AS x ON x.scan = p.scan
WHERE x.w IS NOT NULL
  AND trim(substr(x.v, x.w * (p.slot + 1) + 1, x.w)) <> '';
