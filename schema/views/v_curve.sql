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
    entity_kind, entity, part, quantity, unit, ts, value, CAST(NULL AS REAL), CAST(NULL AS REAL),
    n, hour
FROM v_made_5m
WHERE raw = 0
UNION ALL
SELECT
    'raw', 0, 10800001, CAST(3600 AS INTEGER),
    entity_kind, entity, part, quantity, unit, ts, value, CAST(NULL AS REAL), CAST(NULL AS REAL),
    n, hour
FROM v_made_1h
WHERE raw = 0 AND r5 = 0
UNION ALL
SELECT
    '5m', 10800001, 259200001, CAST(300 AS INTEGER),
    entity_kind, entity, part, quantity, unit, ts, value, CAST(NULL AS REAL), CAST(NULL AS REAL),
    n, hour
FROM v_reading_5m
UNION ALL
SELECT
    '5m', 10800001, 259200001, CAST(3600 AS INTEGER),
    entity_kind, entity, part, quantity, unit, ts, value, CAST(NULL AS REAL), CAST(NULL AS REAL),
    n, hour
FROM v_made_1h
WHERE r5 = 0
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
