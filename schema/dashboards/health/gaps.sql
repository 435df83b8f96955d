-- SPDX-License-Identifier: Apache-2.0
-- The longest stretches of absence of whole devices in the time shown, and of the collector itself
-- (device is empty then).
SELECT
    coalesce(entity, '') || '' AS device, cause || '' AS cause, from_ts, to_ts,
    CAST(coalesce(to_ts, unixepoch()) - from_ts AS REAL) AS seconds,
    CAST(n AS REAL) AS polls
FROM v_gap
WHERE from_ts <= $__to / 1000 AND coalesce(to_ts, $__to / 1000) >= $__from / 1000 AND part IS NULL
ORDER BY seconds DESC
LIMIT 50
