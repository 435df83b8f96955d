-- SPDX-License-Identifier: Apache-2.0
-- Each feed of the rack now: power and its share of meters, current by phase, and the rating that
-- is held against it (rated current times derating).
SELECT
    feed || '' AS feed, max(side) || '' AS side,
    CAST(max(CASE quantity WHEN 'power_w' THEN value END) AS REAL) AS power_w,
    CAST(max(CASE part WHEN 'L1' THEN value END) AS REAL) AS l1_a,
    CAST(max(CASE part WHEN 'L2' THEN value END) AS REAL) AS l2_a,
    CAST(max(CASE part WHEN 'L3' THEN value END) AS REAL) AS l3_a,
    CAST(max(derated_a) AS REAL) AS derated_a,
    CAST(100 * max(CASE quantity WHEN 'current_a' THEN value END) / max(derated_a) AS REAL) AS load_pct,
    CAST(max(trip_a) AS REAL) AS trip_a,
    CAST(100 * max(CASE quantity WHEN 'members_present' THEN value END)
        / max(CASE quantity WHEN 'members_expected' THEN value END) AS REAL) AS coverage_pct
FROM (
    SELECT
        f.n, f.feed, c.side, c.rated_a * c.derate AS derated_a, c.trip_a, NULL AS quantity, NULL AS part,
        NULL AS value
    FROM v_rack_feed AS f
    CROSS JOIN v_circuit AS c ON c.name = f.feed
    WHERE f.rack = ${rack:sqlstring}
    UNION ALL
    SELECT f.n, f.feed, NULL, NULL, NULL, l.quantity, l.part, l.value
    FROM v_rack_feed AS f
    CROSS JOIN v_latest AS l ON l.entity_kind = 'circuit' AND l.entity = f.feed
        AND l.quantity IN ('power_w', 'current_a', 'members_present', 'members_expected')
    WHERE f.rack = ${rack:sqlstring}
)
GROUP BY feed
ORDER BY min(n)
