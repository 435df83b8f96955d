-- SPDX-License-Identifier: Apache-2.0
-- One row: live racks of the chosen halls, their budgets, what they draw now and what is left of the
-- budgets; places that are free or promised; share of the racks whose sum is whole. Where a rack has no
-- reading the draw is too small, and so is that share.
SELECT
    CAST(coalesce(sum(r.status = 'live'), 0) AS REAL) AS racks,
    CAST(sum(CASE WHEN r.status = 'live' THEN r.budget_w END) AS REAL) AS budget_w,
    CAST(sum(CASE WHEN r.status = 'live' THEN l.power_w END) AS REAL) AS power_w,
    CAST(sum(CASE WHEN r.status = 'live' THEN r.budget_w - l.power_w END) AS REAL) AS headroom_w,
    CAST(coalesce(sum(r.status = 'empty'), 0) AS REAL) AS free,
    CAST(coalesce(sum(r.status IN ('reserved', 'planned')), 0) AS REAL) AS promised,
    CAST(100.0 * sum(r.status = 'live' AND l.members_present >= l.members_expected)
        / nullif(sum(r.status = 'live'), 0) AS REAL) AS whole_pct
FROM v_rack_latest AS l
CROSS JOIN v_rack AS r ON r.name = l.rack
WHERE r.hall IN (${hall:sqlstring})
