-- SPDX-License-Identifier: Apache-2.0
-- Points of which only a part of that time is taken, with their spans.
SELECT w.point, w.from_ts, w.to_ts, p.kind
FROM temp.want_point AS w
JOIN main.point AS p ON p.id = w.point
WHERE w.from_ts < :to AND w.to_ts > :from AND NOT (w.from_ts <= :from AND w.to_ts >= :to)
ORDER BY w.point, w.from_ts
