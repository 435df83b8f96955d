-- SPDX-License-Identifier: Apache-2.0
-- What is built or promised and not used, by hall. unused_w: budgets of live racks less the highest sum
-- of each in the last 31 whole days; imbalance_va: what the other lines of its feeds have left beyond
-- the fullest one, now. racks: how many of the live ones are in unused_w. Both overlap; they are not added.
WITH peaks AS MATERIALIZED (
    SELECT rack, max(max) AS peak_w FROM v_rack_1d WHERE ts >= unixepoch() - 32 * 86400 GROUP BY rack
),
parts AS (
    SELECT r.hall, sum(r.budget_w - p.peak_w) AS unused_w, sum(r.budget_w) AS budget_w, count(*) AS racks,
        NULL AS imbalance_va
    FROM peaks AS p
    CROSS JOIN v_rack AS r ON r.name = p.rack
    WHERE r.status = 'live' AND r.budget_w > 0 AND r.hall IN (${hall:sqlstring})
    GROUP BY r.hall
    UNION ALL
    SELECT hall, NULL, NULL, NULL, sum(imbalance_va)
    FROM v_circuit_latest
    WHERE hall IN (${hall:sqlstring}) AND kind IN ('feed', 'shelf')
    GROUP BY hall
)
SELECT
    hall || '' AS hall, CAST(max(unused_w) AS REAL) AS unused_w,
    CAST(100 * max(unused_w) / max(budget_w) AS REAL) AS unused_pct, CAST(max(racks) AS REAL) AS racks,
    CAST(max(imbalance_va) AS REAL) AS imbalance_va
FROM parts
GROUP BY hall
ORDER BY hall
