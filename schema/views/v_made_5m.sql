-- SPDX-License-Identifier: Apache-2.0
-- The part of v_reading_5m that stands in rollup_5m; raw: whether the hour's samples are there too.
CREATE VIEW v_made_5m AS
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
    t.hour,
    t.raw
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_5m AS r ON r.id = t.hour / 3600 * 4294967296 + p.id
CROSS JOIN tick AS i ON i.i < 12
WHERE t.r5 = 1
  AND (r.w = 0 OR substr(r.v, r.w * i.i + 1, 1) <> x'00');
