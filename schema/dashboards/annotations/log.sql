-- SPDX-License-Identifier: Apache-2.0
-- Entries of the operating log that overlap the time shown, from their beginning to their end.
SELECT
    max(from_ts, $__from / 1000) AS time,
    min(coalesce(to_ts, $__to / 1000), $__to / 1000) AS timeEnd,
    kind || ': ' || scope || CASE WHEN scope_id <> '' THEN ' ' || scope_id ELSE '' END
        || coalesce(nullif(': ' || note, ': '), '') || coalesce(nullif(' (' || ref || ')', ' ()'), '') AS text,
    kind || '' AS tags
FROM v_log
WHERE from_ts <= $__to / 1000 AND coalesce(to_ts, $__to / 1000) >= $__from / 1000
ORDER BY from_ts
LIMIT 200
