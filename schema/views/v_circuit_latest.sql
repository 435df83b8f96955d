-- SPDX-License-Identifier: Apache-2.0
-- Circuits that the collector stores sums of, each with its newest load beside what it may carry for
-- long (rated, times derate): power, current per line, the fullest line and its share of the rating,
-- what is left on it, and what the imbalance strands (three times the least headroom, and what the other
-- lines have beyond that, in VA). partial 1: meters are missing in the power.
CREATE VIEW v_circuit_latest AS
SELECT
    o.circuit, c.kind, c.side, c.hall, o.ts,
    CAST(o.power_w AS REAL) AS power_w, coalesce(o.present < o.expected, 0) AS partial,
    CAST(o.l1 AS REAL) AS l1_a, CAST(o.l2 AS REAL) AS l2_a, CAST(o.l3 AS REAL) AS l3_a,
    CAST(c.rated_a * c.derate AS REAL) AS derated_a,
    CAST(o.most AS REAL) AS most_a,
    CAST(100 * o.most / nullif(c.rated_a * c.derate, 0) AS REAL) AS load_pct,
    CAST(c.rated_a * c.derate - o.most AS REAL) AS headroom_a,
    CAST(max(0, 3 * o.most - o.l1 - o.l2 - o.l3) * c.volts / 1.7320508075688772 AS REAL)
        AS imbalance_va
FROM (
    SELECT
        l.entity AS circuit, max(l.ts) AS ts,
        max(CASE l.quantity WHEN 'power_w' THEN l.value END) AS power_w,
        max(CASE l.quantity WHEN 'members_present' THEN l.value END) AS present,
        max(CASE l.quantity WHEN 'members_expected' THEN l.value END) AS expected,
        max(CASE WHEN l.quantity = 'current_a' AND l.part = 'L1' THEN l.value END) AS l1,
        max(CASE WHEN l.quantity = 'current_a' AND l.part = 'L2' THEN l.value END) AS l2,
        max(CASE WHEN l.quantity = 'current_a' AND l.part = 'L3' THEN l.value END) AS l3,
        max(CASE l.quantity WHEN 'current_a' THEN l.value END) AS most
    FROM v_latest AS l
    WHERE l.entity_kind = 'circuit'
        AND l.quantity IN ('power_w', 'members_present', 'members_expected', 'current_a')
    GROUP BY l.entity
) AS o
CROSS JOIN v_circuit AS c ON c.name = o.circuit;
