-- SPDX-License-Identifier: Apache-2.0
-- Every series at the resolution that fits a span of time: tier raw, 5m, 1h or 1d, chosen by how
-- many milliseconds are shown. Say the span as literals, and only one arm does any work:
--     $__to - $__from >= span_from AND $__to - $__from < span_to
-- and limits of hour: BETWEEN $__from / 1000 - 3600 AND $__to / 1000. step_s is how far rows lie
-- apart (of raw, what the hour's instants do). value, min, max, n as in v_reading_5m, _1h and _1d; of raw n
-- is 1, min and max are the value; of 5m they are NULL. Where samples of an hour are past their
-- retention, tier raw has its five minutes, and where those are gone, raw and 5m have the hour: whoever
-- looks closely at what is old sees what is left of it.
CREATE VIEW v_curve AS
SELECT
    'raw' AS tier, 0 AS span_from, 10800001 AS span_to, step_s,
    entity_kind, entity, part, quantity, unit, ts, value, value AS min, value AS max,
    CAST(1 AS INTEGER) AS n, hour
FROM v_reading
UNION ALL
SELECT
    'raw', 0, 10800001, CAST(300 AS INTEGER),
    e.kind, e.name, s.part, q.name, q.unit,
    CAST(t.hour + i.i * 300 AS INTEGER),
    CAST(CAST(r.base + ((r.slope * i.i) >> 12) + CASE
            WHEN r.w = 0 THEN 0
            WHEN r.w < 5 THEN unicode(substr(r.v, r.w * i.i + 1, r.w))
            ELSE CAST(substr(r.v, r.w * i.i + 1, r.w) AS INTEGER)
        END AS REAL) / r.f * p.mul / p.div + p.offset AS REAL),
    CAST(NULL AS REAL), CAST(NULL AS REAL),
    CAST(CASE WHEN r.n IS NULL THEN r."full" ELSE unicode(substr(r.n, 2 * i.i + 1, 2)) - 128 END
        AS INTEGER),
    t.hour
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_5m AS r ON r.id = t.hour / 3600 * 4294967296 + p.id
CROSS JOIN tick AS i ON i.i < 12
WHERE t.raw = 0 AND t.r5 = 1
  AND (r.w = 0 OR substr(r.v, r.w * i.i + 1, 1) <> x'00')
UNION ALL
SELECT
    'raw', 0, 10800001, CAST(3600 AS INTEGER),
    e.kind, e.name, s.part, q.name, q.unit,
    CAST(t.hour AS INTEGER),
    CAST(CAST(r.base + CASE
            WHEN r.w = 0 THEN 0
            WHEN r.w < 5 THEN unicode(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w))
            ELSE CAST(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w) AS INTEGER)
        END AS REAL) / r.f * p.mul / p.div + p.offset AS REAL),
    CAST(NULL AS REAL), CAST(NULL AS REAL),
    CAST(CASE WHEN r.n IS NULL THEN r."full"
        ELSE unicode(substr(r.n, 3 * (t.hour % 86400 / 3600) + 1, 3)) - 2048 END AS INTEGER),
    t.hour
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
WHERE t.raw = 0 AND t.r5 = 0 AND t.h1 = 1
  AND CASE WHEN r.w = 0 THEN 1 ELSE substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, 1) <> x'00' END
UNION ALL
SELECT
    '5m', 10800001, 259200001, CAST(300 AS INTEGER),
    entity_kind, entity, part, quantity, unit, ts, value, CAST(NULL AS REAL), CAST(NULL AS REAL),
    n, hour
FROM v_reading_5m
UNION ALL
SELECT
    '5m', 10800001, 259200001, CAST(3600 AS INTEGER),
    e.kind, e.name, s.part, q.name, q.unit,
    CAST(t.hour AS INTEGER),
    CAST(CAST(r.base + CASE
            WHEN r.w = 0 THEN 0
            WHEN r.w < 5 THEN unicode(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w))
            ELSE CAST(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w) AS INTEGER)
        END AS REAL) / r.f * p.mul / p.div + p.offset AS REAL),
    CAST(NULL AS REAL), CAST(NULL AS REAL),
    CAST(CASE WHEN r.n IS NULL THEN r."full"
        ELSE unicode(substr(r.n, 3 * (t.hour % 86400 / 3600) + 1, 3)) - 2048 END AS INTEGER),
    t.hour
FROM period AS t
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
WHERE t.r5 = 0 AND t.h1 = 1
  AND CASE WHEN r.w = 0 THEN 1 ELSE substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, 1) <> x'00' END
UNION ALL
SELECT
    '1h', 259200001, 5356800001, CAST(3600 AS INTEGER),
    entity_kind, entity, part, quantity, unit, ts, value, min, max, n, hour
FROM v_reading_1h
UNION ALL
SELECT
    '1d', 5356800001, 9223372036854775807, CAST(86400 AS INTEGER),
    entity_kind, entity, part, quantity, unit, ts, value, min, max, n, ts
FROM v_reading_1d;
