-- SPDX-License-Identifier: Apache-2.0
-- v_reading_5m with min and max, which finished hours have as long as their samples last (else, and
-- for counters, NULL). They are computed from the samples, several times the work of the rest, and
-- an aggregate over such a view has every column of it computed, asked for or not: hence a view of its
-- own.
CREATE VIEW v_reading_5m_minmax AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    q.name AS quantity,
    q.unit,
    p.kind,
    CAST(t.hour + i.i * 300 AS INTEGER) AS ts,
    CAST(CAST(r.base + ((r.slope * i.i) >> 12) + CASE
            WHEN r.w = 0 THEN 0
            WHEN r.w < 5 THEN unicode(substr(r.v, r.w * i.i + 1, r.w))
            ELSE CAST(substr(r.v, r.w * i.i + 1, r.w) AS INTEGER)
        END AS REAL) / r.f * p.mul / p.div + p.offset AS REAL) AS value,
    CAST(CASE WHEN r.n IS NULL THEN r."full" ELSE unicode(substr(r.n, 2 * i.i + 1, 2)) - 128 END
        AS INTEGER) AS n,
    CASE WHEN t.raw = 1 AND p.kind <> 'counter' THEN (
        SELECT CAST(min(c.base + ((c.slope * k.i) >> 12) + CASE
                WHEN c.w = 0 THEN 0
                WHEN c.w < 5 THEN unicode(substr(c.v, c.w * k.i + 1, c.w))
                ELSE CAST(substr(c.v, c.w * k.i + 1, c.w) AS INTEGER)
            END + CASE
                WHEN c.seg = 0 THEN 0
                ELSE unicode(substr(c.v, c.w * c.n + c.sw * (k.i / c.seg) + 1, c.sw))
            END) * 1.0 * p.mul / p.div + p.offset AS REAL)
        FROM chunk AS c
        CROSS JOIN tick AS k ON k.i >= (i.i * 300 - c.phase + c.step - 1) / c.step
            AND k.i < min(c.n, (i.i * 300 + 300 - c.phase + c.step - 1) / c.step)
        WHERE c.id = r.id AND (c.w = 0 OR substr(c.v, c.w * k.i + 1, 1) <> x'00')
    ) END AS min,
    CASE WHEN t.raw = 1 AND p.kind <> 'counter' THEN (
        SELECT CAST(max(c.base + ((c.slope * k.i) >> 12) + CASE
                WHEN c.w = 0 THEN 0
                WHEN c.w < 5 THEN unicode(substr(c.v, c.w * k.i + 1, c.w))
                ELSE CAST(substr(c.v, c.w * k.i + 1, c.w) AS INTEGER)
            END + CASE
                WHEN c.seg = 0 THEN 0
                ELSE unicode(substr(c.v, c.w * c.n + c.sw * (k.i / c.seg) + 1, c.sw))
            END) * 1.0 * p.mul / p.div + p.offset AS REAL)
        FROM chunk AS c
        CROSS JOIN tick AS k ON k.i >= (i.i * 300 - c.phase + c.step - 1) / c.step
            AND k.i < min(c.n, (i.i * 300 + 300 - c.phase + c.step - 1) / c.step)
        WHERE c.id = r.id AND (c.w = 0 OR substr(c.v, c.w * k.i + 1, 1) <> x'00')
    ) END AS max,
    t.hour
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_5m AS r ON r.id = t.hour / 3600 * 4294967296 + p.id
CROSS JOIN tick AS i ON i.i < 12
WHERE t.r5 = 1
  AND (r.w = 0 OR substr(r.v, r.w * i.i + 1, 1) <> x'00')
  AND NOT EXISTS (SELECT 1 FROM chunk_dense AS c WHERE c.id = r.id)
UNION ALL
-- what stands in the denser form, taken apart once an hour; a counter has no min and max
SELECT
    e.kind, e.name, s.part, q.name, q.unit, p.kind,
    CAST(t.hour + i.i * 300 AS INTEGER),
    CAST(CAST(r.base + ((r.slope * i.i) >> 12) + CASE
            WHEN r.w = 0 THEN 0
            WHEN r.w < 5 THEN unicode(substr(r.v, r.w * i.i + 1, r.w))
            ELSE CAST(substr(r.v, r.w * i.i + 1, r.w) AS INTEGER)
        END AS REAL) / r.f * p.mul / p.div + p.offset AS REAL),
    CAST(CASE WHEN r.n IS NULL THEN r."full" ELSE unicode(substr(r.n, 2 * i.i + 1, 2)) - 128 END
        AS INTEGER),
    CASE WHEN p.kind <> 'counter'
        THEN CAST(json_extract(j.value, '$[0]') * 1.0 * p.mul / p.div + p.offset AS REAL) END,
    CASE WHEN p.kind <> 'counter'
        THEN CAST(json_extract(j.value, '$[1]') * 1.0 * p.mul / p.div + p.offset AS REAL) END,
    t.hour
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_5m AS r ON r.id = t.hour / 3600 * 4294967296 + p.id
CROSS JOIN chunk_dense AS c ON c.id = r.id
CROSS JOIN json_each(CASE
    WHEN t.raw = 1 AND p.kind <> 'counter' THEN (
        SELECT json_group_object(CAST(k.five AS TEXT), json_array(k.low, k.high))
        FROM (
            SELECT d.at / 300 AS five, min(d.raw) AS low, max(d.raw) AS high
            FROM v_dense AS d
            WHERE d.id = c.id
            GROUP BY d.at / 300
        ) AS k
    ) ELSE '[0,0,0,0,0,0,0,0,0,0,0,0]' END) AS j
CROSS JOIN tick AS i ON i.i = CAST(j.key AS INTEGER)
WHERE t.r5 = 1
  AND t.hour <= (SELECT max(id) >> 32 FROM chunk_dense) * 3600
  AND (r.w = 0 OR substr(r.v, r.w * i.i + 1, 1) <> x'00')
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
    o.hour
FROM (
    SELECT
        r.entity_kind, r.entity, r.part, r.quantity, r.unit, r.kind, r.hour, r.point,
        CAST(r.ts / 300 * 300 AS INTEGER) AS ts,
        r.mul, r.div, r.offset,
        CAST(count(*) AS INTEGER) AS n,
        avg(r.raw) AS mean,
        min(r.raw) AS min,
        max(r.raw) AS max,
        max(printf('%012d', r.ts) || r.raw) AS last,
        CASE r.kind WHEN 'flags' THEN json_group_array(r.raw) END AS raws
    FROM v_open_reading AS r
    GROUP BY r.entity_kind, r.entity, r.part, r.quantity, r.unit, r.kind, r.hour, r.point,
        r.ts / 300 * 300
) AS o;
