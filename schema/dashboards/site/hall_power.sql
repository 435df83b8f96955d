-- SPDX-License-Identifier: Apache-2.0
-- Power of each hall over time, a line per hall; a row of NULL behind each hole.
WITH seen AS (
    SELECT ts, entity, value, step_s
    FROM v_curve
    WHERE entity_kind = 'hall' AND part = 'total' AND quantity = 'power_w'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
)
SELECT ts AS time, entity || '' AS metric, CAST(value AS REAL) AS value FROM seen
UNION ALL
SELECT ts + step_s, entity || '', NULL
FROM (
    SELECT ts, entity, step_s, lead(ts) OVER (PARTITION BY entity ORDER BY ts) - ts AS apart FROM seen
)
WHERE apart > step_s * 1.5
ORDER BY 1, 2
