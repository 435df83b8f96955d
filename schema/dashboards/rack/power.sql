-- SPDX-License-Identifier: Apache-2.0
-- Power of the rack over time, the highest of each hour or day, and the budget of that time.
WITH budget AS MATERIALIZED (
    SELECT from_ts, to_ts, budget_w FROM v_rack_budget WHERE rack = ${rack:sqlstring}
),
seen AS (
    SELECT ts, value, max, step_s
    FROM v_curve
    WHERE entity_kind = 'rack' AND entity = ${rack:sqlstring} AND part = 'total'
      AND quantity = 'power_w'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
)
SELECT
    s.ts AS time, CAST(s.value AS REAL) AS power_w,
    CAST(CASE WHEN s.step_s >= 3600 THEN s.max END AS REAL) AS max_w,
    CAST((
        SELECT b.budget_w FROM budget AS b
        WHERE b.from_ts <= s.ts AND (b.to_ts IS NULL OR b.to_ts > s.ts)
    ) AS REAL) AS budget_w
FROM seen AS s
UNION ALL
SELECT ts + step_s, NULL, NULL, NULL
FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
WHERE apart > step_s * 1.5
ORDER BY 1
