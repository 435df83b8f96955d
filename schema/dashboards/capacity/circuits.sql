-- SPDX-License-Identifier: Apache-2.0
-- The 40 circuits of the chosen halls that are nearest to what they may carry for long on a line now.
SELECT
    circuit || '' AS circuit, kind || '' AS kind, hall || '' AS hall,
    CAST(l1_a AS REAL) AS l1_a, CAST(l2_a AS REAL) AS l2_a, CAST(l3_a AS REAL) AS l3_a,
    CAST(derated_a AS REAL) AS derated_a, CAST(load_pct AS REAL) AS load_pct,
    CAST(headroom_a AS REAL) AS headroom_a, CAST(power_w AS REAL) AS power_w,
    CASE WHEN partial THEN 'partial' ELSE '' END AS sum
FROM v_circuit_latest
WHERE load_pct IS NOT NULL AND (hall IN (${hall:sqlstring}) OR coalesce(hall, '') = '')
ORDER BY load_pct DESC
LIMIT 40
