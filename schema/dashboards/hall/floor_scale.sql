-- SPDX-License-Identifier: Apache-2.0
-- One row: the unit of what the floor shows, and where its colours begin (green) and end (red).
SELECT
    CASE ${show:sqlstring} WHEN 'load' THEN 'percent' WHEN 'inlet' THEN 'celsius' ELSE 'watt' END
        AS unit,
    CAST(CASE ${show:sqlstring}
        WHEN 'power' THEN 0
        WHEN 'headroom' THEN (SELECT -max(budget_w) FROM v_rack WHERE hall = ${hall:sqlstring})
        WHEN 'load' THEN 0
        ELSE 18
    END AS REAL) AS min,
    CAST(CASE ${show:sqlstring}
        WHEN 'power' THEN (SELECT max(budget_w) FROM v_rack WHERE hall = ${hall:sqlstring})
        WHEN 'headroom' THEN 0
        WHEN 'load' THEN 100
        ELSE 32
    END AS REAL) AS max
