-- SPDX-License-Identifier: Apache-2.0
-- One row: energy over energy of the time shown, and the share of that time, since the first reading,
-- that it rests on; below 95 % the ratio is absent. Five minutes up to three days, hours up to 62 days,
-- then civil days, of which each counts when both sides are there with 98 % of their meters and (hours,
-- days) 95 % of the time: the rule of v_pue_1h, which knows hours only.
WITH grid AS MATERIALIZED (
    SELECT max(step_s) AS step_s FROM v_series
    WHERE entity_kind = 'site' AND quantity = 'members_expected'
),
asked AS MATERIALIZED (
    SELECT
        max($__from / 1000, coalesce(first_ts, 0)) AS from_ts,
        min($__to / 1000, coalesce(last_ts, $__to / 1000)) AS to_ts
    FROM v_store
),
sides AS (
    SELECT
        ts, step_s AS seconds, max(n) * (SELECT step_s FROM grid) * 1.0 / step_s AS time_share,
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
),
told AS (
    SELECT
        sum(it_w * seconds * min(1, time_share)) / 3600 AS it_wh,
        sum(facility_w * seconds * min(1, time_share)) / 3600 AS facility_wh,
        sum(seconds * min(1, time_share)) AS seconds
    FROM sides
    WHERE it_share >= 0.98 AND facility_share >= 0.98 AND it_w > 0 AND facility_w > 0
      AND (seconds = 300 OR time_share >= 0.95)
),
covered AS (
    SELECT
        it_wh, facility_wh,
        min(100.0, 100.0 * coalesce(seconds, 0) / nullif((SELECT to_ts - from_ts FROM asked), 0))
            AS coverage
    FROM told
)
SELECT
    CAST(CASE WHEN coverage >= 95 AND it_wh > 0 THEN facility_wh / it_wh END AS REAL) AS ratio,
    CAST(coverage AS REAL) AS coverage,
    CAST(it_wh AS REAL) AS it_wh,
    CAST(facility_wh AS REAL) AS facility_wh
FROM covered
