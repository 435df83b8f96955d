-- SPDX-License-Identifier: Apache-2.0
-- Rows of open hours that cannot be read.
SELECT h.ts, h.scan, CASE
    WHEN s.id IS NULL THEN 'belongs to a scan that is not there'
    WHEN h.slot <> (h.ts % r.hot_ring_s + r.hot_ring_s) % r.hot_ring_s
        THEN 'does not stand at its place in the ring'
    ELSE 'is no array of numbers'
END
FROM store AS r
CROSS JOIN hot AS h
LEFT JOIN scan AS s ON s.id = h.scan
WHERE EXISTS (SELECT 1 FROM open_hour AS o WHERE h.ts BETWEEN o.hour AND o.hour + 3599)
  AND (s.id IS NULL OR h.slot <> (h.ts % r.hot_ring_s + r.hot_ring_s) % r.hot_ring_s
       OR NOT CASE WHEN json_valid(h.v) THEN json_type(h.v) = 'array' ELSE 0 END)
