-- SPDX-License-Identifier: Apache-2.0
-- The days that [:from, :to) touches. (No day is longer than two.)
SELECT day, from_ts, to_ts, d1 FROM civil_day
WHERE from_ts < :to AND from_ts > :from - 172800 AND to_ts > :from
ORDER BY day
