-- SPDX-License-Identifier: Apache-2.0
-- Points that have a part of a civil day that is made: an hour of it, from which it is made anew.
SELECT DISTINCT w.point, p.kind, (
    SELECT min(t.hour) FROM main.period AS t
    WHERE t.hour > max(d.from_ts, w.from_ts) - 3600 AND t.hour < min(d.to_ts, w.to_ts) AND t.h1 = 1
) AS hour
FROM main.civil_day AS d
JOIN temp.want_point AS w ON w.from_ts < d.to_ts AND w.to_ts > d.from_ts
    AND NOT (w.from_ts <= d.from_ts AND w.to_ts >= d.to_ts)
JOIN main.point AS p ON p.id = w.point
WHERE d.d1 = 1 AND hour IS NOT NULL
