-- SPDX-License-Identifier: Apache-2.0
-- A straight line (least squares) through the daily means of each chosen hall over the last 90 whole days:
-- watts per day, and in how many days the line meets the budgets of the hall's live racks; NULL: never.
-- At least 14 days, else there is no line.
WITH days AS MATERIALIZED (
    SELECT entity AS hall, (ts - unixepoch()) / 86400.0 AS x, value AS y
    FROM v_reading_1d
    WHERE entity_kind = 'hall' AND entity IN (${hall:sqlstring}) AND part = 'total' AND quantity = 'power_w'
      AND ts >= unixepoch() - 91 * 86400 AND to_ts <= unixepoch() AND n >= 0.95 * expected
),
sums AS (
    SELECT
        hall, count(*) AS n, avg(x) AS mx, avg(y) AS my,
        avg(x * y) - avg(x) * avg(y) AS cov, avg(x * x) - avg(x) * avg(x) AS var
    FROM days
    GROUP BY hall
    HAVING count(*) >= 14 AND max(x) - min(x) >= 14
),
held AS MATERIALIZED (
    SELECT hall, sum(budget_w) AS budget_w FROM v_rack
    WHERE status = 'live' AND hall IN (${hall:sqlstring})
    GROUP BY hall
),
lines AS (
    SELECT
        s.hall, s.n, s.cov / s.var AS slope, s.my - s.mx * s.cov / s.var AS at_now, h.budget_w
    FROM sums AS s
    CROSS JOIN held AS h
    WHERE +h.hall = s.hall
)
SELECT
    hall || '' AS hall, CAST(n AS REAL) AS days, CAST(at_now AS REAL) AS line_w,
    CAST(slope AS REAL) AS per_day_w, CAST(budget_w AS REAL) AS budget_w,
    CAST(CASE WHEN at_now >= budget_w THEN 0 WHEN slope > 0 THEN (budget_w - at_now) / slope END AS REAL)
        AS full_days
FROM lines
ORDER BY hall
