-- SPDX-License-Identifier: Apache-2.0
-- The values of the open hours, which stand in the ring. Rows are found by the scan's own grid,
-- five minutes by five minutes (five: their beginning): one look-up by key for each instant that can
-- be there, and one for the row that is its base (k). raw is the integer as the device gave it.
CREATE VIEW v_open_reading AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    q.name AS quantity,
    q.unit,
    p.kind,
    o.hour + b.i * 300 AS five,
    h.ts,
    CAST(CASE
        WHEN h.back = 0 THEN json_extract(h.v, '$[' || p.slot || ']')
        ELSE coalesce(json_extract(k.v, '$[' || p.slot || ']'), 0)
            + unicode(substr(h.v, h.w * p.slot + 1, h.w))
            - CASE h.w WHEN 1 THEN 64 WHEN 2 THEN 1088 WHEN 3 THEN 28672 ELSE 589824 END
    END AS INTEGER) AS raw,
    o.hour,
    p.id AS point,
    p.scan,
    p.mul,
    p.div,
    p.offset,
    g.step_s
FROM open_hour AS o
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN tick AS b ON b.i < 12
    AND o.hour + b.i * 300 <= (SELECT coalesce(max(last_ts), 9e18) FROM daemon)
CROSS JOIN scan_grid AS g ON g.scan = p.scan AND g.valid_from < o.hour + b.i * 300 + 300
CROSS JOIN tick AS i ON i.i < (299 + g.step_s
    - ((g.phase_s - o.hour - b.i * 300) % g.step_s + g.step_s) % g.step_s) / g.step_s
CROSS JOIN hot AS h ON h.id = ((o.hour + b.i * 300
    + ((g.phase_s - o.hour - b.i * 300) % g.step_s + g.step_s) % g.step_s
    + i.i * g.step_s) % (SELECT hot_ring_s FROM store) << 32) + p.scan
LEFT JOIN hot AS k ON h.back > 0
    AND k.id = ((h.ts - h.back) % (SELECT hot_ring_s FROM store) << 32) + p.scan
    AND k.ts = h.ts - h.back
WHERE h.ts = o.hour + b.i * 300
    + ((g.phase_s - o.hour - b.i * 300) % g.step_s + g.step_s) % g.step_s + i.i * g.step_s
  AND h.ts >= g.valid_from
  AND NOT EXISTS (
    SELECT 1 FROM scan_grid AS n
    WHERE n.scan = g.scan AND n.valid_from > g.valid_from AND n.valid_from <= h.ts
  )
  AND CASE
        WHEN h.back = 0 THEN json_extract(h.v, '$[' || p.slot || ']')
        ELSE unicode(substr(h.v, h.w * p.slot + 1, h.w))
    END IS NOT NULL;
