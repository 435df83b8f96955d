-- SPDX-License-Identifier: Apache-2.0
-- Points with hours in a UTC day, some at a time; their kinds and scans.
SELECT r.id - :day * 4294967296, p.kind, p.scan, s.name GLOB 'import*'
FROM rollup_1h AS r
CROSS JOIN point AS p ON p.id = r.id - :day * 4294967296
CROSS JOIN scan AS s ON s.id = p.scan
WHERE r.id >= :day * 4294967296 + :from AND r.id < (:day + 1) * 4294967296
ORDER BY r.id
LIMIT :limit
