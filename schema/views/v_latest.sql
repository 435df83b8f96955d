-- SPDX-License-Identifier: Apache-2.0
-- The newest value of each series, not older than three instants of its scan. The rows
-- are asked for by their key, so that one device costs a few look-ups however large the
-- table is; no table is rewritten per poll.
CREATE VIEW v_latest AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    s.label,
    q.name AS quantity,
    q.unit,
    h.ts,
    unixepoch() - h.ts AS age_s,
    CAST(CAST(json_extract(h.v, '$[' || p.slot || ']') AS REAL) * p.mul / p.div + p.offset
         AS REAL) AS value
FROM entity AS e
JOIN series AS s ON s.entity = e.id
JOIN quantity AS q ON q.id = s.quantity
JOIN point AS p ON p.series = s.id AND p.valid_to IS NULL
JOIN scan_grid AS g ON g.scan = p.scan AND g.valid_from = (
    SELECT max(valid_from) FROM scan_grid WHERE scan = p.scan
)
CROSS JOIN hot AS h ON h.scan = p.scan AND h.slot = (
    SELECT r.slot
    FROM (SELECT 0 AS back UNION ALL SELECT 1 UNION ALL SELECT 2) AS i
    CROSS JOIN hot AS r
    WHERE r.slot = (((unixepoch() - g.phase_s) / g.step_s - i.back) * g.step_s + g.phase_s)
                   % (SELECT hot_ring_s FROM store)
      AND r.scan = p.scan
      AND r.ts = ((unixepoch() - g.phase_s) / g.step_s - i.back) * g.step_s + g.phase_s
      AND json_extract(r.v, '$[' || p.slot || ']') IS NOT NULL
    ORDER BY i.back
    LIMIT 1
);
