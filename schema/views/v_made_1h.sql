-- SPDX-License-Identifier: Apache-2.0
-- The part of v_reading_1h that stands in rollup_1h, which has a row per point and UTC day; raw and r5:
-- whether the hour's samples and five minutes are there too.
CREATE VIEW v_made_1h AS
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
    CAST(CASE WHEN p.kind <> 'counter' THEN CAST(r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) AS INTEGER)
        END AS REAL) * p.mul / p.div + p.offset END AS REAL) AS min,
    CAST(CASE WHEN p.kind <> 'counter' THEN CAST(r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw) AS INTEGER)
        END AS REAL) * p.mul / p.div + p.offset END AS REAL) AS max,
    CAST(CASE WHEN p.kind = 'counter' THEN CAST(r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) AS INTEGER)
        END AS REAL) * p.mul / p.div + p.offset END AS REAL) AS first,
    CAST(CASE WHEN p.kind = 'counter' THEN CAST(r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw) AS INTEGER)
        END AS REAL) * p.mul / p.div + p.offset END AS REAL) AS last,
    t.hour,
    t.raw,
    t.r5
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
WHERE t.h1 = 1
  AND CASE WHEN r.w = 0 THEN 1 ELSE substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, 1) <> x'00' END;
