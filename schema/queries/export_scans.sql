-- SPDX-License-Identifier: Apache-2.0
-- Wanted points of scans in that time, with their spans.
SELECT w.scan, w.slot, w.point, w.from_ts, w.to_ts, p.kind
FROM temp.want_point AS w
JOIN main.point AS p ON p.id = w.point
WHERE w.from_ts < :to AND w.to_ts > :from
ORDER BY w.scan, w.slot, w.from_ts
