-- SPDX-License-Identifier: Apache-2.0
-- How the energy of the time shown closes from level to level: facility, IT, all racks; what is lost or
-- not measured between a level and the one above, in percent of that; and the share of time and meters
-- that the level rests on. Hours that touch that time up to 62 days, then civil days; of the running one
-- what has come.
WITH grid AS MATERIALIZED (
    SELECT max(step_s) AS step_s FROM v_series
    WHERE entity_kind IN ('site', 'hall') AND quantity = 'members_expected'
),
sums AS MATERIALIZED (
    SELECT
        CASE WHEN entity_kind = 'hall' THEN 'racks' ELSE part END AS level, entity, ts,
        min(ts + step_s, unixepoch()) - ts AS seconds,
        max(CASE quantity WHEN 'power_w' THEN value END) AS w,
        min(1.0, max(CASE quantity WHEN 'power_w' THEN n END) * (SELECT step_s FROM grid) * 1.0
            / (min(ts + step_s, unixepoch()) - ts)) AS time_share,
        max(CASE quantity WHEN 'members_present' THEN value END) AS present,
        max(CASE quantity WHEN 'members_expected' THEN value END) AS expected
    FROM v_curve
    WHERE entity_kind IN ('site', 'hall') AND part IN ('facility', 'it', 'total')
      AND quantity IN ('power_w', 'members_present', 'members_expected')
      AND tier = CASE WHEN $__to - $__from <= 5356800000 THEN '1h' ELSE '1d' END
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 - 3600 AND $__to / 1000
    GROUP BY 1, entity, ts, step_s
),
levels AS (
    SELECT
        CASE level WHEN 'facility' THEN 1 WHEN 'it' THEN 2 ELSE 3 END AS n, level,
        sum(w * time_share * seconds / 3600) AS wh,
        100.0 * sum(time_share * seconds) / sum(seconds) AS time_pct,
        100.0 * sum(present) / sum(expected) AS meters_pct
    FROM sums
    GROUP BY level
)
SELECT
    CASE level WHEN 'facility' THEN 'Facility' WHEN 'it' THEN 'IT' ELSE 'Racks' END AS level,
    CAST(wh AS REAL) AS wh,
    CAST(lag(wh) OVER (ORDER BY n) - wh AS REAL) AS less_wh,
    CAST(100 * (lag(wh) OVER (ORDER BY n) - wh) / lag(wh) OVER (ORDER BY n) AS REAL) AS less_pct,
    CAST(time_pct AS REAL) AS time_pct, CAST(meters_pct AS REAL) AS meters_pct
FROM levels
ORDER BY n
