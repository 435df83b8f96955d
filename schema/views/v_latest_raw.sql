-- SPDX-License-Identifier: Apache-2.0
-- The newest raw value of each series, not older than three instants of its scan, with the point that
-- says what it means; for v_latest and v_state_latest. The rows are asked for by their key, so that
-- one device costs a few look-ups however large the table is; no table is rewritten per poll.
CREATE VIEW v_latest_raw AS
SELECT
    e.id AS entity_id,
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    s.label,
    q.id AS quantity_id,
    q.name AS quantity,
    q.unit,
    p.kind,
    p.mul,
    p.div,
    p.offset,
    p.names,
    p.severities,
    h.ts,
    unixepoch() - h.ts AS age_s,
    CASE
        WHEN h.back = 0 THEN json_extract(h.v, '$[' || p.slot || ']')
        ELSE coalesce(json_extract(b.v, '$[' || p.slot || ']'), 0)
            + unicode(substr(h.v, h.w * p.slot + 1, h.w))
            - CASE h.w WHEN 1 THEN 64 WHEN 2 THEN 1088 WHEN 3 THEN 28672 ELSE 589824 END
    END AS raw
FROM entity AS e
JOIN series AS s ON s.entity = e.id
JOIN quantity AS q ON q.id = s.quantity
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
      AND CASE
            WHEN r.back = 0 THEN json_extract(r.v, '$[' || p.slot || ']')
            ELSE unicode(substr(r.v, r.w * p.slot + 1, r.w))
        END IS NOT NULL
    ORDER BY i.back
    LIMIT 1
)
LEFT JOIN hot AS b ON h.back > 0
    AND b.id = ((h.ts - h.back) % (SELECT hot_ring_s FROM store) << 32) + p.scan
    AND b.ts = h.ts - h.back;
