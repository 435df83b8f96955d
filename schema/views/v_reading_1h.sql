-- SPDX-License-Identifier: Apache-2.0
-- UTC hour by hour, up to now: value as in v_reading_5m; n samples stand behind it; min and max
-- of all but counters, first and last of counters (a register's difference over the hour is
-- last - first, and what passes between two hours lies between last and the next first). ts =
-- hour is the beginning; the running hour holds what has come so far. Finished hours come from
-- rollup_1h, which has a row per point and UTC day, open ones from the ring, and of gauges that are
-- sums over devices from hot_5m where it has a row.
CREATE VIEW v_reading_1h AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    q.name AS quantity,
    q.unit,
    p.kind,
    t.hour AS ts,
    CAST(CAST(r.base + CASE
            WHEN r.w = 0 THEN 0
            WHEN r.w < 5 THEN unicode(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w))
            ELSE CAST(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w) AS INTEGER)
        END AS REAL) / r.f * p.mul / p.div + p.offset AS REAL) AS value,
    CAST(CASE WHEN r.n IS NULL THEN r."full"
         ELSE unicode(substr(r.n, 3 * (t.hour % 86400 / 3600) + 1, 3)) - 2048 END AS INTEGER) AS n,
    CASE WHEN p.kind <> 'counter' THEN CAST(CAST(r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) AS INTEGER)
        END AS REAL) * p.mul / p.div + p.offset AS REAL) END AS min,
    CASE WHEN p.kind <> 'counter' THEN CAST(CAST(r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw) AS INTEGER)
        END AS REAL) * p.mul / p.div + p.offset AS REAL) END AS max,
    CASE WHEN p.kind = 'counter' THEN CAST(CAST(r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) AS INTEGER)
        END AS REAL) * p.mul / p.div + p.offset AS REAL) END AS first,
    CASE WHEN p.kind = 'counter' THEN CAST(CAST(r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw) AS INTEGER)
        END AS REAL) * p.mul / p.div + p.offset AS REAL) END AS last,
    t.hour
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
WHERE t.h1 = 1
  AND CASE WHEN r.w = 0 THEN 1 ELSE substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, 1) <> x'00' END
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
    CASE WHEN o.kind <> 'counter' THEN CAST(o.min * 1.0 * o.mul / o.div + o.offset AS REAL) END,
    CASE WHEN o.kind <> 'counter' THEN CAST(o.max * 1.0 * o.mul / o.div + o.offset AS REAL) END,
    CASE WHEN o.kind = 'counter'
        THEN CAST(CAST(substr(o.first, 13) AS INTEGER) * 1.0 * o.mul / o.div + o.offset AS REAL) END,
    CASE WHEN o.kind = 'counter'
        THEN CAST(CAST(substr(o.last, 13) AS INTEGER) * 1.0 * o.mul / o.div + o.offset AS REAL) END,
    o.hour
FROM (
    SELECT
        r.entity_kind, r.entity, r.part, r.quantity, r.unit, r.kind, r.hour, r.point,
        r.hour AS ts,
        r.mul, r.div, r.offset,
        CAST(count(*) AS INTEGER) AS n,
        avg(r.raw) AS mean,
        min(r.raw) AS min,
        min(CASE r.kind WHEN 'counter' THEN printf('%012d', r.ts) || r.raw END) AS first,
        max(r.raw) AS max,
        max(CASE r.kind WHEN 'counter' THEN printf('%012d', r.ts) || r.raw END) AS last,
        CASE r.kind WHEN 'flags' THEN json_group_array(r.raw) END AS raws
    FROM v_open_reading AS r
    WHERE r.entity_kind = 'device' OR r.kind <> 'gauge'
    GROUP BY r.entity_kind, r.entity, r.part, r.quantity, r.unit, r.kind, r.hour, r.point,
        r.hour
) AS o
UNION ALL
SELECT
    o.entity_kind, o.entity, o.part, o.quantity, o.unit, o.kind, o.hour,
    CAST(json_extract(o.j, '$[1]') * 1.0 / json_extract(o.j, '$[0]') * o.mul / o.div + o.offset
        AS REAL),
    CAST(json_extract(o.j, '$[0]') AS INTEGER),
    CASE WHEN o.kind <> 'counter'
        THEN CAST(json_extract(o.j, '$[2]') * 1.0 * o.mul / o.div + o.offset AS REAL) END,
    CASE WHEN o.kind <> 'counter'
        THEN CAST(json_extract(o.j, '$[3]') * 1.0 * o.mul / o.div + o.offset AS REAL) END,
    NULL, NULL,
    o.hour
FROM (
    -- DISTINCT, and z below: as in v_reading_1d
    SELECT DISTINCT
        e.kind AS entity_kind, e.name AS entity, s.part, q.name AS quantity, q.unit, p.kind, t.hour,
        p.mul, p.div, p.offset,
        (SELECT json_array(sum(y.n), sum(y.s), min(y.low), max(y.high))
        FROM (
            SELECT
                CAST(substr(f.v, f.w * 4 * p.slot + 1, f.w) AS INTEGER) AS n,
                CAST(substr(f.v, f.w * (4 * p.slot + 1) + 1, f.w) AS INTEGER) AS s,
                CAST(substr(f.v, f.w * (4 * p.slot + 2) + 1, f.w) AS INTEGER) AS low,
                CAST(substr(f.v, f.w * (4 * p.slot + 3) + 1, f.w) AS INTEGER) AS high
            FROM tick AS b
            CROSS JOIN hot_5m AS f ON f.id = ((t.hour / 300 + b.i)
                % ((SELECT hot_ring_s FROM store) / 300) << 32) + p.scan AND f.ts = t.hour + b.i * 300
            WHERE b.i < 12 AND CAST(substr(f.v, f.w * 4 * p.slot + 1, f.w) AS INTEGER) > 0
            UNION ALL
            SELECT 1, v.raw, v.raw, v.raw
            FROM v_open_reading AS v
            WHERE v.entity_kind = e.kind AND v.entity = e.name AND v.part = s.part
              AND v.quantity = q.name AND v.point = p.id AND v.hour = t.hour
              AND NOT EXISTS (
                SELECT 1 FROM hot_5m AS f
                WHERE f.id = (v.five / 300 % ((SELECT hot_ring_s FROM store) / 300) << 32) + v.scan
                  AND f.ts = v.five
              )
        ) AS y) AS j
    FROM open_hour AS t
    CROSS JOIN entity AS e
    CROSS JOIN series AS s ON s.entity = e.id
    CROSS JOIN quantity AS q ON q.id = s.quantity
    CROSS JOIN point AS p ON p.series = s.id
    WHERE e.kind <> 'device' AND p.kind = 'gauge'
) AS o
CROSS JOIN tick AS z ON z.i < 1
WHERE json_extract(o.j, '$[0]') > z.i;
