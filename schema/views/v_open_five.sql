-- SPDX-License-Identifier: Apache-2.0
-- Five minutes of open hours that hot_5m has no row for, scan by scan. Of scans that are sums over
-- devices w and v are those of the newest row (hot.five_w, hot.five): what the five minutes have come
-- to. The row is looked for at the last six instants of the newest grid; w is NULL where it is not found
-- or does not say, and the rows must be read one by one.
CREATE VIEW v_open_five AS
SELECT
    o.hour, e.kind AS entity_kind, e.name AS entity, sc.id AS scan, b.i, o.hour + b.i * 300 AS ts,
    h.five_w AS w, h.five AS v
FROM open_hour AS o
CROSS JOIN scan AS sc
JOIN entity AS e ON e.id = sc.entity
CROSS JOIN tick AS b ON b.i < 12
    AND o.hour + b.i * 300 <= (SELECT coalesce(max(last_ts), 9e18) FROM daemon)
LEFT JOIN hot AS h ON e.kind <> 'device' AND h.id = (
    SELECT r.id
    FROM (
        SELECT
            g.valid_from, g.step_s, m.ts - ((m.ts - g.phase_s) % g.step_s + g.step_s) % g.step_s AS ts
        FROM (SELECT min(o.hour + b.i * 300 + 299, coalesce(max(last_ts), 9e18)) AS ts FROM daemon) AS m
        CROSS JOIN scan_grid AS g ON g.scan = sc.id AND g.valid_from <= m.ts
        ORDER BY g.valid_from DESC
        LIMIT 1
    ) AS n
    CROSS JOIN tick AS k ON k.i < 6
    CROSS JOIN hot AS r ON r.id = ((n.ts - k.i * n.step_s) % (SELECT hot_ring_s FROM store) << 32) + sc.id
        AND r.ts = n.ts - k.i * n.step_s
    WHERE r.ts >= max(n.valid_from, o.hour + b.i * 300)
    ORDER BY k.i
    LIMIT 1
)
WHERE NOT EXISTS (
    SELECT 1 FROM hot_5m AS f
    WHERE f.id = ((o.hour / 300 + b.i) % ((SELECT hot_ring_s FROM store) / 300) << 32) + sc.id
      AND f.ts = o.hour + b.i * 300
);
