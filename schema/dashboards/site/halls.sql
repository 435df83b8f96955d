-- SPDX-License-Identifier: Apache-2.0
-- Each hall now: power of its racks, what of their meters is in it, and what its racks may draw.
SELECT
    h.hall || '' AS hall, CAST(h.power_w AS REAL) AS power_w, CAST(b.budget_w AS REAL) AS budget_w,
    CAST(100 * h.power_w / b.budget_w AS REAL) AS load_pct,
    CAST(100 * h.present / h.expected AS REAL) AS coverage_pct,
    CAST(b.racks AS REAL) AS racks
FROM (
    SELECT
        entity AS hall, max(CASE quantity WHEN 'power_w' THEN value END) AS power_w,
        max(CASE quantity WHEN 'members_present' THEN value END) AS present,
        max(CASE quantity WHEN 'members_expected' THEN value END) AS expected
    FROM v_latest
    WHERE entity_kind = 'hall' AND part = 'total'
      AND quantity IN ('power_w', 'members_present', 'members_expected')
    GROUP BY entity
) AS h
CROSS JOIN (
    SELECT hall, sum(budget_w) AS budget_w, count(*) AS racks
    FROM v_rack WHERE status = 'live' GROUP BY hall
) AS b
WHERE +b.hall = h.hall
ORDER BY h.hall
