-- SPDX-License-Identifier: Apache-2.0
-- Points that have all of a civil day that is made.
INSERT INTO main.rollup_1d
SELECT r.* FROM main.civil_day AS d
CROSS JOIN temp.want_point AS w ON w.from_ts <= d.from_ts AND w.to_ts >= d.to_ts
CROSS JOIN source.rollup_1d AS r ON r.id = (d.day << 32) + w.point
WHERE d.d1 = 1
