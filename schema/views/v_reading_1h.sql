-- SPDX-License-Identifier: Apache-2.0
-- UTC hour by hour, up to now: value as in v_reading_5m; n samples stand behind it; min and max
-- of all but counters, first and last of counters (a register's difference over the hour is
-- last - first, and what passes between two hours lies between last and the next first). ts =
-- hour is the beginning; the running hour holds what has come so far. Finished hours come from
-- rollup_1h (v_made_1h), open ones from the ring, and of gauges that are sums over devices from hot_5m
-- where it has a row.
-- Columns have the same affinity in each arm, as in v_reading_5m.
CREATE VIEW v_reading_1h AS
SELECT
    entity_kind, entity, part, quantity, unit, kind, ts, value, n, min, max, first, last, hour
FROM v_made_1h
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
    CAST(CASE WHEN o.kind <> 'counter' THEN o.min * 1.0 * o.mul / o.div + o.offset END AS REAL),
    CAST(CASE WHEN o.kind <> 'counter' THEN o.max * 1.0 * o.mul / o.div + o.offset END AS REAL),
    CAST(CASE WHEN o.kind = 'counter'
        THEN CAST(substr(o.first, 13) AS INTEGER) * 1.0 * o.mul / o.div + o.offset END AS REAL),
    CAST(CASE WHEN o.kind = 'counter'
        THEN CAST(substr(o.last, 13) AS INTEGER) * 1.0 * o.mul / o.div + o.offset END AS REAL),
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
    CAST(CASE WHEN o.kind <> 'counter'
        THEN json_extract(o.j, '$[2]') * 1.0 * o.mul / o.div + o.offset END AS REAL),
    CAST(CASE WHEN o.kind <> 'counter'
        THEN json_extract(o.j, '$[3]') * 1.0 * o.mul / o.div + o.offset END AS REAL),
    CAST(NULL AS REAL), CAST(NULL AS REAL),
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
