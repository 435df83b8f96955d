-- SPDX-License-Identifier: Apache-2.0
-- The hourly rows of a UTC day; the second is NULL where the point is not there.
SELECT r.id, p.id
FROM rollup_1h AS r
LEFT JOIN point AS p ON p.id = r.id & 4294967295
WHERE r.id >= :from AND r.id < :to
