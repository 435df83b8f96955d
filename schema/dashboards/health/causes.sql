-- SPDX-License-Identifier: Apache-2.0
-- Why readings are absent in the time shown: stretches of absence by cause, of how many devices and
-- sums, how long they last together within that time, and how many go on. A stretch of a single value
-- counts like one of a whole row.
SELECT
    cause || '' AS cause,
    CAST(count(*) AS REAL) AS gaps,
    CAST(count(DISTINCT entity) AS REAL) AS entities,
    CAST(sum(min(coalesce(to_ts, $__to / 1000), $__to / 1000) - max(from_ts, $__from / 1000)) AS REAL)
        AS seconds,
    CAST(sum(to_ts IS NULL) AS REAL) AS open
FROM v_gap
WHERE from_ts <= $__to / 1000 AND coalesce(to_ts, $__to / 1000) >= $__from / 1000
GROUP BY cause
ORDER BY seconds DESC
