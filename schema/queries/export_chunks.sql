-- SPDX-License-Identifier: Apache-2.0
-- Points that have all of the hour.
INSERT INTO main.chunk
SELECT c.* FROM temp.want_point AS w
CROSS JOIN source.chunk AS c ON c.id = (:hour / 3600 << 32) + w.point
WHERE w.from_ts <= :hour AND w.to_ts >= :hour + 3600
