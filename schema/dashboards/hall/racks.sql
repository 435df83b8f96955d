-- SPDX-License-Identifier: Apache-2.0
-- The live racks of the hall as they stand now, those with the least left of their budget first.
SELECT
    rack || '' AS rack, row || '' AS row, pos || '' AS pos, tenant || '' AS tenant,
    CAST(power_w AS REAL) AS power_w, CAST(budget_w AS REAL) AS budget_w,
    CAST(load_pct AS REAL) AS load_pct, CAST(headroom_w AS REAL) AS headroom_w,
    CAST(coverage_pct AS REAL) AS coverage_pct, CAST(inlet_c AS REAL) AS inlet_c,
    CAST(inlet_c - recommended_c AS REAL) AS above_c, level
FROM v_rack_now
WHERE hall = ${hall:sqlstring} AND status = 'live'
ORDER BY load_pct DESC, rack
