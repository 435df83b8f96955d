-- SPDX-License-Identifier: Apache-2.0
INSERT INTO main.rollup_5m
SELECT r.* FROM temp.want_point AS w
CROSS JOIN source.rollup_5m AS r ON r.id = (:hour / 3600 << 32) + w.point
WHERE w.from_ts <= :hour AND w.to_ts >= :hour + 3600
