-- SPDX-License-Identifier: Apache-2.0
-- One row: the power of the hall's racks now and of their budgets, how many racks have none or only a
-- part of it, and the warmest inlet.
SELECT
    CAST(sum(power_w) AS REAL) AS power_w,
    CAST(sum(budget_w) AS REAL) AS budget_w,
    CAST(sum(CASE WHEN power_w IS NOT NULL THEN headroom_w END) AS REAL) AS headroom_w,
    CAST(count(*) AS REAL) AS racks,
    CAST(sum(coalesce(coverage_pct, 0) < 100) AS REAL) AS partial,
    CAST(max(inlet_c) AS REAL) AS inlet_c
FROM v_rack_now
WHERE hall = ${hall:sqlstring} AND status = 'live'
