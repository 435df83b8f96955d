-- SPDX-License-Identifier: Apache-2.0
-- Civil days that do not follow each other, or that are said to be made while an hour of theirs is
-- open.
SELECT date, 'does not begin where the one before it ends' FROM (
    SELECT date, day, from_ts, lag(day) OVER w AS former, lag(to_ts) OVER w AS ended
    FROM civil_day
    WINDOW w AS (ORDER BY day)
) WHERE former <> day - 1 OR ended <> from_ts
UNION ALL
SELECT date, 'ends before it begins' FROM civil_day WHERE to_ts < from_ts
UNION ALL
SELECT d.date, 'is made, but an hour of it is open' FROM civil_day AS d
WHERE d.d1 = 1 AND EXISTS (
    SELECT 1 FROM open_hour AS o WHERE o.hour > d.from_ts - 3600 AND o.hour < d.to_ts
)
