-- SPDX-License-Identifier: Apache-2.0
-- Current of each phase of the rack's feeds over time, a line each; NULL behind each hole.
WITH seen AS (
    SELECT ts, entity || ' ' || part AS metric, value, step_s
    FROM v_curve
    WHERE entity_kind = 'circuit' AND entity IN (${feed:sqlstring}) AND quantity = 'current_a'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
)
SELECT ts AS time, metric, CAST(value AS REAL) AS value FROM seen
UNION ALL
SELECT ts + step_s, metric, NULL
FROM (
    SELECT ts, metric, step_s, lead(ts) OVER (PARTITION BY metric ORDER BY ts) - ts AS apart FROM seen
)
WHERE apart > step_s * 1.5
ORDER BY 1, 2
