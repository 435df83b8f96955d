-- SPDX-License-Identifier: Apache-2.0
-- Rows of open hours that cannot be read: each is an array, or stands on one of the same hour.
SELECT h.ts, h.scan, CASE
    WHEN s.id IS NULL THEN 'belongs to a scan that is not there'
    WHEN h.slot <> (h.ts % r.hot_ring_s + r.hot_ring_s) % r.hot_ring_s
        THEN 'does not stand at its place in the ring'
    WHEN h.back = 0 THEN 'is no array of numbers'
    ELSE 'stands on a row that is not there'
END
FROM store AS r
CROSS JOIN hot AS h
LEFT JOIN scan AS s ON s.id = h.scan
WHERE EXISTS (SELECT 1 FROM open_hour AS o WHERE h.ts BETWEEN o.hour AND o.hour + 3599)
  AND (s.id IS NULL OR h.slot <> (h.ts % r.hot_ring_s + r.hot_ring_s) % r.hot_ring_s
       OR NOT CASE
            WHEN h.back = 0 AND json_valid(h.v) THEN json_type(h.v) = 'array'
            WHEN h.back > 0 AND h.w BETWEEN 1 AND 4 AND length(h.v) % h.w = 0 THEN EXISTS (
                SELECT 1 FROM hot AS b
                WHERE b.id = ((h.ts - h.back) % r.hot_ring_s << 32) + h.scan
                  AND b.ts = h.ts - h.back AND b.back = 0 AND b.ts / 3600 = h.ts / 3600)
            ELSE 0
        END)
