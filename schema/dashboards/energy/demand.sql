-- SPDX-License-Identifier: Apache-2.0
-- Demand of the facility side: means of fixed quarters of an hour, of which all of the three five-minute
-- means are there (up to 62 days; above, means of hours; above 800 days, of days), and the contract of budgets.csv in kW or kVA
-- (a demand in W that is over a limit in VA is over it whatever the power factor); a row of NULLs
-- behind each hole.
WITH contract AS MATERIALIZED (
    SELECT max(CASE WHEN unit IN ('kW', 'kVA') THEN value * 1000 WHEN unit IN ('MW', 'MVA')
        THEN value * 1000000 WHEN unit IN ('W', 'VA') THEN value END) AS w
    FROM v_budget
    WHERE scope = 'site' AND measure = 'contract'
),
seen AS (
    SELECT ts / 900 * 900 AS ts, avg(value) AS demand, 900 AS step_s
    FROM v_reading_5m
    WHERE entity_kind = 'site' AND part = 'facility' AND quantity = 'power_w'
      AND $__to - $__from <= 5356800000
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY ts / 900
    HAVING count(*) = 3
    UNION ALL
    SELECT ts, value, 3600
    FROM v_reading_1h
    WHERE entity_kind = 'site' AND part = 'facility' AND quantity = 'power_w'
      AND $__to - $__from > 5356800000 AND $__to - $__from <= 69120000000
      AND hour BETWEEN $__from / 1000 AND $__to / 1000
    UNION ALL
    SELECT ts, value, 86400
    FROM v_reading_1d
    WHERE entity_kind = 'site' AND part = 'facility' AND quantity = 'power_w'
      AND $__to - $__from > 69120000000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
)
SELECT s.ts AS time, CAST(s.demand AS REAL) AS demand, CAST(c.w AS REAL) AS contract
FROM seen AS s CROSS JOIN contract AS c
UNION ALL
SELECT ts + step_s, NULL, NULL
FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
WHERE apart > step_s * 1.5
ORDER BY 1
