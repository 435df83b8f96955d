-- SPDX-License-Identifier: Apache-2.0
-- The first day that is made, from :day on.
SELECT day, from_ts, to_ts, date FROM civil_day
WHERE day >= :day AND d1 = 1 AND from_ts < to_ts ORDER BY day LIMIT 1
