-- SPDX-License-Identifier: Apache-2.0
-- The ratio over time: five minutes up to three days, hours up to 62, then civil days; coverage: the
-- share of time and meters that each rests on. A ratio is NULL where that is below 95 % (98 % of meters).
WITH grid AS MATERIALIZED (
    SELECT max(step_s) AS step_s FROM v_series
    WHERE entity_kind = 'site' AND quantity = 'members_expected'
),
seen AS (
    SELECT
        ts, step_s, min(1.0, max(n) * (SELECT step_s FROM grid) * 1.0 / step_s) AS time_share,
        max(CASE WHEN part = 'it' AND quantity = 'power_w' THEN value END) AS it_w,
        max(CASE WHEN part = 'facility' AND quantity = 'power_w' THEN value END) AS facility_w,
        max(CASE WHEN part = 'it' AND quantity = 'members_present' THEN value END)
            / max(CASE WHEN part = 'it' AND quantity = 'members_expected' THEN value END) AS it_share,
        max(CASE WHEN part = 'facility' AND quantity = 'members_present' THEN value END)
            / max(CASE WHEN part = 'facility' AND quantity = 'members_expected' THEN value END)
            AS facility_share
    FROM v_curve
    WHERE entity_kind = 'site' AND part IN ('it', 'facility')
      AND quantity IN ('power_w', 'members_present', 'members_expected')
      AND tier = CASE WHEN $__to - $__from <= 259200000 THEN '5m'
                      WHEN $__to - $__from <= 5356800000 THEN '1h' ELSE '1d' END
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY ts
)
SELECT
    ts AS time,
    CAST(CASE WHEN time_share >= 0.95 AND it_share >= 0.98 AND facility_share >= 0.98 AND it_w > 0
        THEN facility_w / it_w END AS REAL) AS ratio,
    CAST(100 * time_share * min(it_share, facility_share) AS REAL) AS coverage
FROM seen
UNION ALL
SELECT ts + step_s, NULL, NULL
FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
WHERE apart > step_s * 1.5
ORDER BY 1
