-- SPDX-License-Identifier: Apache-2.0
-- One row: the rack now, with its meters that are in its power, of those that it has.
SELECT
    CAST(power_w AS REAL) AS power_w, CAST(budget_w AS REAL) AS budget_w,
    CAST(load_pct AS REAL) AS load_pct, CAST(headroom_w AS REAL) AS headroom_w,
    CAST(inlet_c AS REAL) AS inlet_c, CAST(coverage_pct AS REAL) AS coverage_pct
FROM v_rack_now
WHERE rack = ${rack:sqlstring}
