-- SPDX-License-Identifier: Apache-2.0
-- The values of the open hours, which stand in the ring. Rows are found by the scan's own grid:
-- one look-up by key for each instant that an hour can hold. raw is the integer as stored.
CREATE VIEW v_open_reading AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    q.name AS quantity,
    q.unit,
    p.kind,
    h.ts,
    CAST(json_extract(h.v, '$[' || p.slot || ']') AS INTEGER) AS raw,
    o.hour,
    p.id AS point,
    p.mul,
    p.div,
    p.offset
FROM open_hour AS o
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN scan_grid AS g ON g.scan = p.scan AND g.valid_from < o.hour + 3600
CROSS JOIN tick AS i ON i.i < (3600 - ((g.phase_s - o.hour) % g.step_s + g.step_s) % g.step_s
                               + g.step_s - 1) / g.step_s
CROSS JOIN hot AS h ON h.scan = p.scan
    AND h.slot = (o.hour + ((g.phase_s - o.hour) % g.step_s + g.step_s) % g.step_s
                  + i.i * g.step_s) % (SELECT hot_ring_s FROM store)
WHERE h.ts = o.hour + ((g.phase_s - o.hour) % g.step_s + g.step_s) % g.step_s + i.i * g.step_s
  AND h.ts >= g.valid_from
  AND NOT EXISTS (
    SELECT 1 FROM scan_grid AS n
    WHERE n.scan = g.scan AND n.valid_from > g.valid_from AND n.valid_from <= h.ts
  )
  AND json_extract(h.v, '$[' || p.slot || ']') IS NOT NULL;
