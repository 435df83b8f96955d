-- SPDX-License-Identifier: Apache-2.0
-- The 30 live racks of the chosen halls with the least headroom: budget less the highest sum of the last
-- 31 whole days (or of now, where that is higher), which must fit at any time. days: how many there are.
WITH peaks AS MATERIALIZED (
    SELECT rack, max(max) AS peak_w, count(*) AS days, min(meters) AS meters
    FROM v_rack_1d
    WHERE ts >= unixepoch() - 32 * 86400
    GROUP BY rack
)
SELECT
    o.rack || '' AS rack, o.hall || '' AS hall, o.row || '' AS row, o.tenant || '' AS tenant,
    CAST(o.budget_w AS REAL) AS budget_w, CAST(o.power_w AS REAL) AS power_w,
    CAST(o.peak_w AS REAL) AS peak_w, CAST(o.budget_w - o.peak_w AS REAL) AS headroom_w,
    CAST(100 * o.peak_w / o.budget_w AS REAL) AS load_pct, CAST(o.days AS REAL) AS days
FROM (
    SELECT
        u.rack, max(u.hall) AS hall, max(u.row) AS row, max(u.tenant) AS tenant, max(u.budget_w) AS budget_w,
        max(u.now_w) AS power_w, max(u.peak_w) AS peak_w, max(u.days) AS days
    FROM (
        SELECT
            r.name AS rack, r.hall, r.row, r.tenant, r.budget_w, l.power_w AS now_w, l.power_w AS peak_w,
            NULL AS days
        FROM v_rack_latest AS l
        CROSS JOIN v_rack AS r ON r.name = l.rack
        WHERE r.status = 'live' AND r.budget_w > 0 AND r.hall IN (${hall:sqlstring})
        UNION ALL
        SELECT rack, NULL, NULL, NULL, NULL, NULL, peak_w, days FROM peaks
    ) AS u
    GROUP BY u.rack
) AS o
WHERE o.budget_w IS NOT NULL AND o.peak_w IS NOT NULL
ORDER BY headroom_w
LIMIT 30
