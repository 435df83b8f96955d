-- SPDX-License-Identifier: Apache-2.0
-- Feeds that would come near their rating, over it or over their breaker if another feed of the rack
-- were lost now; the worst first.
SELECT
    state || '' AS state, rack, circuit, CAST(100 * value / "limit" AS REAL) AS pct,
    text || '' AS text, CASE WHEN planned THEN 'planned' ELSE '' END AS work
FROM alert_failover_violation
WHERE hall = ${hall:sqlstring}
ORDER BY alarm DESC, value / "limit" DESC
LIMIT 200
