-- SPDX-License-Identifier: Apache-2.0
-- The racks with the highest load in percent of their budget, 20 of them.
SELECT
    rack || '' AS rack, hall || '' AS hall, row || '' AS row, tenant || '' AS tenant,
    CAST(power_w AS REAL) AS power_w, CAST(budget_w AS REAL) AS budget_w,
    CAST(load_pct AS REAL) AS load_pct, CAST(headroom_w AS REAL) AS headroom_w,
    CAST(coverage_pct AS REAL) AS coverage_pct, CAST(inlet_c AS REAL) AS inlet_c, level
FROM v_rack_now
WHERE status = 'live' AND load_pct IS NOT NULL
ORDER BY load_pct DESC
LIMIT 20
