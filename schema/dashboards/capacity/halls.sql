-- SPDX-License-Identifier: Apache-2.0
-- Each chosen hall: live racks, free and promised places, budgets, the highest of the curve below in the
-- time shown and what is left of the budgets then, the ratio of both, and how much of that time is known.
WITH held AS MATERIALIZED (
    SELECT
        hall, sum(status = 'live') AS racks, sum(status = 'empty') AS free,
        sum(status IN ('reserved', 'planned')) AS promised,
        sum(CASE WHEN status = 'live' THEN budget_w END) AS budget_w
    FROM v_rack
    WHERE hall IN (${hall:sqlstring})
    GROUP BY hall
),
drawn AS MATERIALIZED (
    SELECT
        entity AS hall, max(value) AS peak_w, sum(value) / count(*) AS mean_w,
        min(100.0, 100.0 * count(*) * max(step_s) / ($__to / 1000 - $__from / 1000)) AS known_pct
    FROM v_curve
    WHERE entity_kind = 'hall' AND entity IN (${hall:sqlstring}) AND part = 'total' AND quantity = 'power_w'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY entity
)
SELECT
    h.hall || '' AS hall, CAST(h.racks AS REAL) AS racks, CAST(h.free AS REAL) AS free,
    CAST(h.promised AS REAL) AS promised, CAST(h.budget_w AS REAL) AS budget_w,
    CAST(d.mean_w AS REAL) AS mean_w, CAST(d.peak_w AS REAL) AS peak_w,
    CAST(h.budget_w - d.peak_w AS REAL) AS headroom_w,
    CAST(100 * d.peak_w / h.budget_w AS REAL) AS load_pct, CAST(d.known_pct AS REAL) AS known_pct
FROM held AS h
LEFT JOIN drawn AS d ON +d.hall = h.hall
ORDER BY h.hall
