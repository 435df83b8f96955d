-- SPDX-License-Identifier: Apache-2.0
-- What the feeds that are left would carry if one of the rack's were lost now: near, over its rating or
-- over its breaker. No row: none of them comes near.
SELECT
    lost || '' AS lost, circuit, state || '' AS state, CAST(100 * value / "limit" AS REAL) AS pct,
    text || '' AS text, CASE WHEN planned THEN 'planned' ELSE '' END AS work
FROM alert_failover_violation
WHERE rack = ${rack:sqlstring}
ORDER BY alarm DESC, value / "limit" DESC
