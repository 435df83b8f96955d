-- SPDX-License-Identifier: Apache-2.0
-- Power of the hall's racks over time, and the sum of the budgets that hold today.
WITH seen AS (
    SELECT ts, value, step_s
    FROM v_curve
    WHERE entity_kind = 'hall' AND entity = ${hall:sqlstring} AND part = 'total'
      AND quantity = 'power_w'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
)
SELECT
    ts AS time, CAST(value AS REAL) AS power_w,
    CAST((SELECT sum(budget_w) FROM v_rack WHERE hall = ${hall:sqlstring} AND status = 'live') AS REAL)
        AS budget_w
FROM seen
UNION ALL
SELECT ts + step_s, NULL, NULL
FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
WHERE apart > step_s * 1.5
ORDER BY 1
