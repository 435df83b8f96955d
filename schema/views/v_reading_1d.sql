-- SPDX-License-Identifier: Apache-2.0
-- Civil day by civil day of the site's zone, up to now: a row per point. ts is its beginning, to_ts
-- its end (23, 24 or 25 hours further, or what a change of zone leaves). value as in v_reading_1h; n
-- samples stand behind it, expected are there in a whole day on the scan's grid; min and max of all but
-- counters, first and last of counters. Days that are made come from rollup_1d; the running one, and
-- what is not made yet, from hours: whole ones from rollup_1h, those that an end of the day cuts and
-- open ones from their samples.
CREATE VIEW v_reading_1d AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    q.name AS quantity,
    q.unit,
    p.kind,
    d.date,
    d.from_ts AS ts,
    d.to_ts,
    CAST(CAST(r.value AS REAL) / r.f * p.mul / p.div + p.offset AS REAL) AS value,
    r.n,
    r."full" AS expected,
    CASE WHEN p.kind <> 'counter'
        THEN CAST(r.low * 1.0 * p.mul / p.div + p.offset AS REAL) END AS min,
    CASE WHEN p.kind <> 'counter'
        THEN CAST(r.high * 1.0 * p.mul / p.div + p.offset AS REAL) END AS max,
    CASE WHEN p.kind = 'counter'
        THEN CAST(r.low * 1.0 * p.mul / p.div + p.offset AS REAL) END AS first,
    CASE WHEN p.kind = 'counter'
        THEN CAST(r.high * 1.0 * p.mul / p.div + p.offset AS REAL) END AS last
FROM civil_day AS d
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_1d AS r ON r.id = d.day * 4294967296 + p.id
WHERE d.d1 = 1
UNION ALL
SELECT
    o.entity_kind, o.entity, o.part, o.quantity, o.unit, o.kind, o.date, o.ts, o.to_ts,
    CAST(CASE o.kind
        WHEN 'counter' THEN CAST(substr(json_extract(o.j, '$[5]'), 13) AS INTEGER) * 1.0
        WHEN 'state' THEN CAST(json_extract(o.j, '$[3]') AS REAL)
        WHEN 'flags' THEN (SELECT coalesce(sum(1 << b.i), 0) FROM tick AS b
             WHERE b.i < 63 AND EXISTS (
                SELECT 1 FROM json_each(o.j, '$[6]') AS k WHERE k.value & (1 << b.i))) * 1.0
        ELSE json_extract(o.j, '$[1]') / json_extract(o.j, '$[0]')
    END * o.mul / o.div + o.offset AS REAL),
    json_extract(o.j, '$[0]'),
    max(json_extract(o.j, '$[0]'), coalesce((o.to_ts - o.ts) / o.step_s,
        json_extract(o.j, '$[7]') * (o.to_ts - o.ts) / 3600)),
    CASE WHEN o.kind <> 'counter'
        THEN CAST(json_extract(o.j, '$[2]') * 1.0 * o.mul / o.div + o.offset AS REAL) END,
    CASE WHEN o.kind <> 'counter'
        THEN CAST(json_extract(o.j, '$[3]') * 1.0 * o.mul / o.div + o.offset AS REAL) END,
    CASE WHEN o.kind = 'counter' THEN CAST(
        CAST(substr(json_extract(o.j, '$[4]'), 13) AS INTEGER) * 1.0 * o.mul / o.div + o.offset
        AS REAL) END,
    CASE WHEN o.kind = 'counter' THEN CAST(
        CAST(substr(json_extract(o.j, '$[5]'), 13) AS INTEGER) * 1.0 * o.mul / o.div + o.offset
        AS REAL) END
FROM (
    -- DISTINCT: else SQLite would put the subquery of j into each of its uses
    SELECT DISTINCT
        e.kind AS entity_kind, e.name AS entity, s.part, q.name AS quantity, q.unit, p.kind, d.date,
        d.from_ts AS ts, d.to_ts, p.mul, p.div, p.offset,
        CASE WHEN sc.name NOT GLOB 'import*' THEN (
            SELECT g.step_s FROM scan_grid AS g
            WHERE g.scan = p.scan AND g.valid_from < d.to_ts ORDER BY g.valid_from DESC LIMIT 1
        ) END AS step_s,
        (SELECT json_array(
            sum(y.n), sum(y.n * y.mean), min(y.low), max(y.high),
            min(printf('%012d', y.ts) || y.low), max(printf('%012d', y.ts) || y.high),
            CASE p.kind WHEN 'flags' THEN json_group_array(y.bits) END, max(y."full"))
        FROM (
            SELECT
                t.hour AS ts,
                CASE WHEN r.n IS NULL THEN r."full"
                    ELSE unicode(substr(r.n, 3 * (t.hour % 86400 / 3600) + 1, 3)) - 2048 END AS n,
                (r.base + CASE
                    WHEN r.w = 0 THEN 0
                    WHEN r.w < 5 THEN unicode(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w))
                    ELSE CAST(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w) AS INTEGER)
                END) * 1.0 / r.f AS mean,
                r.mbase + CASE
                    WHEN r.mw = 0 THEN 0
                    WHEN r.mw < 5
                        THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw))
                    ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) AS INTEGER)
                END AS low,
                r.mbase + CASE
                    WHEN r.mw = 0 THEN 0
                    WHEN r.mw < 5
                        THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw))
                    ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw) AS INTEGER)
                END AS high,
                CASE p.kind WHEN 'flags' THEN r.base + CASE
                    WHEN r.w = 0 THEN 0
                    WHEN r.w < 5 THEN unicode(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w))
                    ELSE CAST(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w) AS INTEGER)
                END END AS bits,
                r."full"
            FROM period AS t
            CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
            WHERE t.hour >= d.from_ts AND t.hour <= d.to_ts - 3600 AND t.h1 = 1
              AND CASE WHEN r.w = 0 THEN 1 ELSE substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, 1) <> x'00' END
            UNION ALL
            SELECT u.ts, 1, u.raw * 1.0, u.raw, u.raw, u.raw, 3600 / u.step
            FROM (
                SELECT
                    t.hour + c.phase + k.i * c.step AS ts, c.step,
                    c.base + ((c.slope * k.i) >> 12) + CASE
                    WHEN c.w = 0 THEN 0
                    WHEN c.w < 5 THEN unicode(substr(c.v, c.w * k.i + 1, c.w))
                    ELSE CAST(substr(c.v, c.w * k.i + 1, c.w) AS INTEGER)
                END + CASE
                    WHEN c.seg = 0 THEN 0
                    ELSE unicode(substr(c.v, c.w * c.n + c.sw * (k.i / c.seg) + 1, c.sw))
                END AS raw
                FROM period AS t
                CROSS JOIN chunk AS c ON c.id = t.hour / 3600 * 4294967296 + p.id
                CROSS JOIN tick AS k ON k.i < c.n
                WHERE t.hour IN (d.from_ts / 3600 * 3600, d.to_ts / 3600 * 3600)
                  AND (t.hour < d.from_ts OR t.hour + 3600 > d.to_ts)
                  AND t.raw = 1
                  AND (c.w = 0 OR substr(c.v, c.w * k.i + 1, 1) <> x'00')
                UNION ALL
                SELECT t.hour + c.at, c.step, c.raw
                FROM period AS t
                CROSS JOIN v_dense AS c ON c.id = t.hour / 3600 * 4294967296 + p.id
                WHERE t.hour IN (d.from_ts / 3600 * 3600, d.to_ts / 3600 * 3600)
                  AND (t.hour < d.from_ts OR t.hour + 3600 > d.to_ts)
                  AND t.raw = 1
            ) AS u
            WHERE u.ts >= d.from_ts AND u.ts < d.to_ts
            UNION ALL
            SELECT v.ts, 1, v.raw * 1.0, v.raw, v.raw, v.raw, 1
            FROM v_open_reading AS v
            WHERE v.entity_kind = e.kind AND v.entity = e.name AND v.part = s.part
              AND v.quantity = q.name AND v.point = p.id
              AND v.hour > d.from_ts - 3600 AND v.hour < d.to_ts
              AND v.ts >= d.from_ts AND v.ts < d.to_ts
        ) AS y) AS j
    FROM civil_day AS d
    CROSS JOIN entity AS e
    CROSS JOIN series AS s ON s.entity = e.id
    CROSS JOIN quantity AS q ON q.id = s.quantity
    CROSS JOIN point AS p ON p.series = s.id
    CROSS JOIN scan AS sc ON sc.id = p.scan
    WHERE d.d1 = 0
      AND d.from_ts < 3600 + coalesce((SELECT max(hour) FROM (
            SELECT max(hour) AS hour FROM period UNION ALL SELECT max(hour) FROM open_hour)), 0)
) AS o
-- z.i is 0; a limit of o alone would be moved into it, and j computed for it once more
CROSS JOIN tick AS z ON z.i < 1
WHERE json_extract(o.j, '$[0]') > z.i;
