-- SPDX-License-Identifier: Apache-2.0
-- Civil periods of the site's zone, from the first with samples to the end of next year: kind is
-- day, week (ISO 8601: from Monday; week 1 has the year's first Thursday), month, quarter or year;
-- name as `rackmeter report --period` takes it: 2026-11-23, 2026-W48, 2026-11, 2026-Q4, 2026. UTC
-- seconds [from_ts, to_ts). Say the kind.
CREATE VIEW v_period AS
SELECT 'day' AS kind, date AS name, from_ts, to_ts
FROM civil_day
UNION ALL
SELECT
    'week',
    strftime('%Y', (day - (day + 3) % 7 + 3) * 86400, 'unixepoch') || '-W' || printf('%02d',
        (strftime('%j', (day - (day + 3) % 7 + 3) * 86400, 'unixepoch') - 1) / 7 + 1),
    min(from_ts),
    max(to_ts)
FROM civil_day
GROUP BY (day + 3) / 7
HAVING count(*) = 7
UNION ALL
SELECT 'month', substr(date, 1, 7), min(from_ts), max(to_ts)
FROM civil_day
GROUP BY substr(date, 1, 7)
UNION ALL
SELECT
    'quarter',
    substr(date, 1, 4) || '-Q' || ((substr(date, 6, 2) + 2) / 3),
    min(from_ts),
    max(to_ts)
FROM civil_day
GROUP BY substr(date, 1, 4), (substr(date, 6, 2) + 2) / 3
UNION ALL
SELECT 'year', substr(date, 1, 4), min(from_ts), max(to_ts)
FROM civil_day
GROUP BY substr(date, 1, 4);
