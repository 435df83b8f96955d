-- SPDX-License-Identifier: Apache-2.0
-- Limits of the hall that are passed: budgets, ratings, temperatures of inlets; the worst first.
SELECT
    what, state, rack, circuit, since, text, CASE WHEN planned THEN 'planned' ELSE '' END AS work
FROM (
    SELECT 'over budget' AS what, state, rack, circuit, since, text, planned, alarm
    FROM alert_over_budget WHERE hall = ${hall:sqlstring}
    UNION ALL
    SELECT 'hot inlet', state, rack, circuit, since, text, planned, alarm
    FROM alert_hot_inlet WHERE hall = ${hall:sqlstring}
)
ORDER BY alarm DESC, planned, what, text
LIMIT 200
