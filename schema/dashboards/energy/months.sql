-- SPDX-License-Identifier: Apache-2.0
-- Civil months that touch the time shown, of its days only: energy of both sides over the days that count
-- (95 % of the instants of each and 98 % of its meters), their ratio, what lies between them, and the
-- share of these days. Where that is below 95 % the ratio is absent.
WITH days AS (
    SELECT
        date, ts, to_ts,
        max(CASE WHEN part = 'facility' AND quantity = 'power_w' THEN value * n / expected END)
            * (to_ts - ts) / 3600 AS facility_wh,
        max(CASE WHEN part = 'it' AND quantity = 'power_w' THEN value * n / expected END)
            * (to_ts - ts) / 3600 AS it_wh,
        min(CASE WHEN quantity = 'power_w' THEN n * 1.0 / expected END) AS time_share,
        max(CASE WHEN part = 'facility' AND quantity = 'members_present' THEN value END)
            / max(CASE WHEN part = 'facility' AND quantity = 'members_expected' THEN value END)
            AS facility_share,
        max(CASE WHEN part = 'it' AND quantity = 'members_present' THEN value END)
            / max(CASE WHEN part = 'it' AND quantity = 'members_expected' THEN value END) AS it_share
    FROM v_reading_1d
    WHERE entity_kind = 'site' AND part IN ('it', 'facility')
      AND quantity IN ('power_w', 'members_present', 'members_expected')
      AND ts BETWEEN $__from / 1000 AND $__to / 1000 - 86400
    GROUP BY date, ts, to_ts
),
judged AS (
    SELECT *, time_share >= 0.95 AND facility_share >= 0.98 AND it_share >= 0.98 AND it_wh > 0 AS counts
    FROM days
),
months AS (
    SELECT
        substr(date, 1, 7) AS month, count(*) AS days,
        sum(CASE WHEN counts THEN facility_wh END) AS facility_wh,
        sum(CASE WHEN counts THEN it_wh END) AS it_wh,
        100.0 * total(CASE WHEN counts THEN to_ts - ts END) / (max(to_ts) - min(ts)) AS coverage
    FROM judged
    GROUP BY substr(date, 1, 7)
)
SELECT
    month, CAST(days AS REAL) AS days, CAST(facility_wh AS REAL) AS facility_wh,
    CAST(it_wh AS REAL) AS it_wh, CAST(facility_wh - it_wh AS REAL) AS between_wh,
    CAST(CASE WHEN coverage >= 95 THEN facility_wh / it_wh END AS REAL) AS ratio,
    CAST(coverage AS REAL) AS coverage
FROM months
ORDER BY month DESC
