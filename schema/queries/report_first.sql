-- SPDX-License-Identifier: Apache-2.0
-- The first instant that is stored: of the finished hours, or of the open ones, whose rows stand
-- in the ring in the order of time.
SELECT ts FROM (
    SELECT (SELECT first_ts FROM period WHERE (raw = 1 OR r5 = 1 OR h1 = 1) AND first_ts IS NOT NULL
            ORDER BY hour LIMIT 1) AS ts
    UNION ALL
    SELECT (SELECT h.ts FROM hot AS h
            WHERE h.id >= o.hour % (SELECT hot_ring_s FROM store) << 32
                AND h.id < (o.hour % (SELECT hot_ring_s FROM store) + 3600) << 32
                AND h.ts >= o.hour AND h.ts < o.hour + 3600
            ORDER BY h.id LIMIT 1)
    FROM open_hour AS o
)
WHERE ts IS NOT NULL
ORDER BY ts
LIMIT 1
