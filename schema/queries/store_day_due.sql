-- SPDX-License-Identifier: Apache-2.0
-- The first day that is over and not made.
SELECT day, from_ts, to_ts FROM civil_day
WHERE d1 = 0 AND to_ts <= :before ORDER BY to_ts LIMIT 1
