-- SPDX-License-Identifier: Apache-2.0
INSERT INTO main.state_1h
SELECT r.* FROM temp.want_point AS w
CROSS JOIN source.state_1h AS r ON r.id = (:hour / 3600 << 32) + w.point
WHERE w.from_ts <= :hour AND w.to_ts >= :hour + 3600
