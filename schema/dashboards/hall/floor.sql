-- SPDX-License-Identifier: Apache-2.0
-- The floor: what is shown of each live rack, by position and row, in the unit that floor_scale says.
-- A rack without a position stands under its name. More is always worse: headroom is power less
-- budget, so -6.2 kW are 6.2 kW to spare.
SELECT
    coalesce(row, '') || '' AS row, coalesce(nullif(pos, ''), rack) || '' AS pos,
    CAST(CASE ${show:sqlstring}
        WHEN 'power' THEN power_w
        WHEN 'headroom' THEN -headroom_w
        WHEN 'load' THEN load_pct
        ELSE inlet_c
    END AS REAL) AS value
FROM v_rack_now
WHERE hall = ${hall:sqlstring} AND status = 'live'
ORDER BY CAST(pos AS INTEGER), 2, 1
