-- SPDX-License-Identifier: Apache-2.0
-- Points that have all of the UTC day.
INSERT INTO main.rollup_1h
SELECT r.* FROM temp.want_point AS w
CROSS JOIN source.rollup_1h AS r ON r.id = (:day / 86400 << 32) + w.point
WHERE w.from_ts <= :day AND w.to_ts >= :day + 86400
