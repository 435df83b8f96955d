-- SPDX-License-Identifier: Apache-2.0
-- Each series with its current point; a series whose point has vanished has NULLs there.
CREATE VIEW v_series AS
SELECT
    s.id AS series,
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    s.label,
    q.name AS quantity,
    q.unit,
    q.kind,
    s.main,
    s.phase,
    p.id AS point,
    p.scan,
    p.slot,
    p.mul,
    p.div,
    CAST(p.offset AS REAL) AS offset,
    g.step_s,
    g.phase_s
FROM series AS s
JOIN entity AS e ON e.id = s.entity
JOIN quantity AS q ON q.id = s.quantity
LEFT JOIN point AS p ON p.series = s.id AND p.valid_to IS NULL
LEFT JOIN scan_grid AS g ON g.scan = p.scan AND g.valid_from = (
    SELECT max(valid_from) FROM scan_grid WHERE scan = p.scan
);
