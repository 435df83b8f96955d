-- SPDX-License-Identifier: Apache-2.0
-- Each rack in force as it stands now: where it is, its newest power with coverage_pct (meters that are
-- in it, of those it has) and budget, what is left of it, level (ok warn over, as the collector holds it;
-- NULL where it has no budget), and the warmest inlet that can be believed, with the limits of its
-- class. NULL: not known; a power with less than 100 % coverage is too small.
CREATE VIEW v_rack_now AS
SELECT
    g.rack, g.hall, g.row, g.pos, g.status, g.tenant, g.thermal_class, g.ts,
    CAST(g.power_w AS REAL) AS power_w,
    CAST(g.budget_w AS REAL) AS budget_w,
    CAST(100 * g.power_w / nullif(g.budget_w, 0) AS REAL) AS load_pct,
    CAST(g.budget_w - g.power_w AS REAL) AS headroom_w,
    CAST(100 * g.present / nullif(g.expected, 0) AS REAL) AS coverage_pct,
    g.level,
    CAST(g.inlet_c AS REAL) AS inlet_c,
    k.recommended_high_c AS recommended_c,
    k.allowable_high_c AS allowable_c
FROM (
    SELECT
        u.rack, u.hall, u.row, u.pos, max(u.status) AS status, max(u.tenant) AS tenant,
        max(u.thermal_class) AS thermal_class, max(u.ts) AS ts, max(u.power_w) AS power_w,
        max(u.budget_w) AS budget_w, max(u.present) AS present, max(u.expected) AS expected,
        max(u.level) AS level, max(u.inlet_c) AS inlet_c
    FROM (
        SELECT
            r.name AS rack, r.hall, r.row, r.pos, r.status, r.tenant, r.thermal_class, l.ts, l.power_w,
            l.budget_w, l.members_present AS present, l.members_expected AS expected,
            CASE WHEN l.budget_w > 0 THEN coalesce((
                SELECT s.level FROM v_limit_state AS s
                WHERE s.entity_kind = 'rack' AND s.entity = l.rack AND s.quantity = 'power_w'
            ), 'ok') END AS level,
            NULL AS inlet_c
        FROM v_rack_latest AS l
        CROSS JOIN v_rack AS r ON r.name = l.rack
        UNION ALL
        SELECT
            s.rack, s.hall, s.row, s.pos, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, s.value
        FROM v_sensor_latest AS s
        WHERE s.place = 'inlet' AND s.quantity = 'temperature_c' AND s.counted AND s.rack IS NOT NULL
    ) AS u
    GROUP BY u.rack, u.hall, u.row, u.pos
) AS g
LEFT JOIN v_thermal_class AS k ON +k.name = g.thermal_class;
