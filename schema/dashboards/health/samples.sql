-- SPDX-License-Identifier: Apache-2.0
-- Samples of the finished hours in the time shown; in days above 62 days (UTC). An hour without a bar
-- is open still, or the collector did not run.
SELECT ts AS time, CAST(samples AS REAL) AS samples
FROM v_hour
WHERE $__to - $__from <= 5356800000 AND finished = 1 AND ts BETWEEN $__from / 1000 AND $__to / 1000
UNION ALL
SELECT ts / 86400 * 86400, CAST(sum(samples) AS REAL)
FROM v_hour
WHERE $__to - $__from > 5356800000 AND finished = 1 AND ts BETWEEN $__from / 1000 AND $__to / 1000
GROUP BY ts / 86400
ORDER BY 1
