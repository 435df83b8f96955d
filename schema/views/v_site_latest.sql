-- SPDX-License-Identifier: Apache-2.0
-- The site's newest computed rows, one per part (facility, it): power and how many of its
-- meters are in it, all of one instant.
CREATE VIEW v_site_latest AS
SELECT
    e.name AS site,
    s.part,
    h.ts,
    CAST((
        SELECT CAST(CASE
                WHEN h.back = 0 THEN json_extract(h.v, '$[' || o.slot || ']')
                ELSE coalesce(json_extract(b.v, '$[' || o.slot || ']'), 0)
                    + unicode(substr(h.v, h.w * o.slot + 1, h.w))
                    - CASE h.w WHEN 1 THEN 64 WHEN 2 THEN 1088 WHEN 3 THEN 28672 ELSE 589824 END
            END AS REAL) * o.mul / o.div + o.offset
        FROM series AS x
        JOIN point AS o ON o.series = x.id AND o.valid_to IS NULL AND o.scan = h.scan
        WHERE x.entity = s.entity AND x.part = s.part
          AND x.quantity = (SELECT id FROM quantity WHERE name = 'power_w')
    ) AS REAL) AS power_w,
    CAST((
        SELECT CAST(CASE
                WHEN h.back = 0 THEN json_extract(h.v, '$[' || o.slot || ']')
                ELSE coalesce(json_extract(b.v, '$[' || o.slot || ']'), 0)
                    + unicode(substr(h.v, h.w * o.slot + 1, h.w))
                    - CASE h.w WHEN 1 THEN 64 WHEN 2 THEN 1088 WHEN 3 THEN 28672 ELSE 589824 END
            END AS REAL) * o.mul / o.div + o.offset
        FROM series AS x
        JOIN point AS o ON o.series = x.id AND o.valid_to IS NULL AND o.scan = h.scan
        WHERE x.entity = s.entity AND x.part = s.part
          AND x.quantity = (SELECT id FROM quantity WHERE name = 'members_present')
    ) AS REAL) AS members_present,
    CAST((
        SELECT CAST(CASE
                WHEN h.back = 0 THEN json_extract(h.v, '$[' || o.slot || ']')
                ELSE coalesce(json_extract(b.v, '$[' || o.slot || ']'), 0)
                    + unicode(substr(h.v, h.w * o.slot + 1, h.w))
                    - CASE h.w WHEN 1 THEN 64 WHEN 2 THEN 1088 WHEN 3 THEN 28672 ELSE 589824 END
            END AS REAL) * o.mul / o.div + o.offset
        FROM series AS x
        JOIN point AS o ON o.series = x.id AND o.valid_to IS NULL AND o.scan = h.scan
        WHERE x.entity = s.entity AND x.part = s.part
          AND x.quantity = (SELECT id FROM quantity WHERE name = 'members_expected')
    ) AS REAL) AS members_expected
FROM entity AS e
JOIN series AS s ON s.entity = e.id
    AND s.quantity = (SELECT id FROM quantity WHERE name = 'members_expected')
JOIN point AS p ON p.series = s.id AND p.valid_to IS NULL
JOIN scan_grid AS g ON g.scan = p.scan AND g.valid_from = (
    SELECT max(valid_from) FROM scan_grid WHERE scan = p.scan
)
CROSS JOIN hot AS h ON h.id = (
    SELECT r.id
    FROM (SELECT 0 AS back UNION ALL SELECT 1 UNION ALL SELECT 2) AS i
    CROSS JOIN hot AS r
    WHERE r.id = ((((unixepoch() - g.phase_s) / g.step_s - i.back) * g.step_s + g.phase_s)
                  % (SELECT hot_ring_s FROM store) << 32) + p.scan
      AND r.ts = ((unixepoch() - g.phase_s) / g.step_s - i.back) * g.step_s + g.phase_s
    ORDER BY i.back
    LIMIT 1
)
LEFT JOIN hot AS b ON h.back > 0
    AND b.id = ((h.ts - h.back) % (SELECT hot_ring_s FROM store) << 32) + p.scan
    AND b.ts = h.ts - h.back
WHERE e.kind = 'site';
