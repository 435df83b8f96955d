-- SPDX-License-Identifier: Apache-2.0
-- Warnings and alarms in the time shown; those of one kind within a minute are one, so that a lost
-- busway is a line and not a wall. 200 at most, the worst and then the latest.
SELECT time, text, tags
FROM (
    SELECT
        min(ts) AS time,
        CASE WHEN count(*) > 1 THEN count(*) || ' of ' || kind || ' within a minute, ' ELSE '' END
            || coalesce(entity || ': ', '') || text AS text,
        kind || '' AS tags,
        max(severity) AS severity
    FROM v_event
    WHERE severity >= 1 AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY kind, ts / 60
    ORDER BY severity DESC, 1 DESC
    LIMIT 200
)
ORDER BY time
