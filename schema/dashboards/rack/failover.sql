-- SPDX-License-Identifier: Apache-2.0
-- What each feed that is left would carry if another of the rack's were lost now, by the worst loss.
-- No row: the rack has one feed, none is rated, or not all of them have a reading of one instant.
SELECT
    lost || '' AS lost, circuit, state || '' AS state, CAST(100 * value / "limit" AS REAL) AS pct,
    text || '' AS text, CASE WHEN planned THEN 'planned' ELSE '' END AS work
FROM v_failover
WHERE rack = ${rack:sqlstring}
ORDER BY value / "limit" DESC, circuit
