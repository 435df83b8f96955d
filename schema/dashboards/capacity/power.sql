-- SPDX-License-Identifier: Apache-2.0
-- Power of the chosen halls together over time, where all of them are known, and the budgets of their
-- live racks as they are now; a row of NULLs behind each hole.
WITH seen AS (
    SELECT ts, sum(value) AS power, step_s
    FROM v_curve
    WHERE entity_kind = 'hall' AND entity IN (${hall:sqlstring}) AND part = 'total' AND quantity = 'power_w'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY ts
    HAVING count(*) = (
        SELECT count(DISTINCT hall) FROM v_rack WHERE status = 'live' AND hall IN (${hall:sqlstring}))
),
held AS MATERIALIZED (
    SELECT sum(budget_w) AS budget FROM v_rack WHERE status = 'live' AND hall IN (${hall:sqlstring})
)
SELECT s.ts AS time, CAST(s.power AS REAL) AS power, CAST(h.budget AS REAL) AS budget
FROM seen AS s CROSS JOIN held AS h
UNION ALL
SELECT ts + step_s, NULL, NULL
FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
WHERE apart > step_s * 1.5
ORDER BY 1
