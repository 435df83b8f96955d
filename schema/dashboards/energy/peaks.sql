-- SPDX-License-Identifier: Apache-2.0
-- The ten highest demands of the facility side in the time shown: quarters of an hour (hours above 62
-- days, days above 800), and their share of the contract of budgets.csv.
WITH contract AS MATERIALIZED (
    SELECT max(CASE WHEN unit IN ('kW', 'kVA') THEN value * 1000 WHEN unit IN ('MW', 'MVA')
        THEN value * 1000000 WHEN unit IN ('W', 'VA') THEN value END) AS w
    FROM v_budget
    WHERE scope = 'site' AND measure = 'contract'
),
seen AS (
    SELECT ts / 900 * 900 AS ts, avg(value) AS demand
    FROM v_reading_5m
    WHERE entity_kind = 'site' AND part = 'facility' AND quantity = 'power_w'
      AND $__to - $__from <= 5356800000
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY ts / 900
    HAVING count(*) = 3
    UNION ALL
    SELECT ts, value
    FROM v_reading_1h
    WHERE entity_kind = 'site' AND part = 'facility' AND quantity = 'power_w'
      AND $__to - $__from > 5356800000 AND $__to - $__from <= 69120000000
      AND hour BETWEEN $__from / 1000 AND $__to / 1000
    UNION ALL
    SELECT ts, value
    FROM v_reading_1d
    WHERE entity_kind = 'site' AND part = 'facility' AND quantity = 'power_w'
      AND $__to - $__from > 69120000000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
)
SELECT s.ts AS time, CAST(s.demand AS REAL) AS demand, CAST(100 * s.demand / c.w AS REAL) AS contract_pct
FROM seen AS s CROSS JOIN contract AS c
ORDER BY s.demand DESC, s.ts
LIMIT 10
