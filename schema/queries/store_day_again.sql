-- SPDX-License-Identifier: Apache-2.0
-- An hour opens in a day that was made: again, if all its hours are there. (No day is longer than
-- two.)
UPDATE civil_day SET d1 = 0
WHERE d1 = 1 AND from_ts < :hour + 3600 AND from_ts > :hour - 172800 AND to_ts > :hour
  AND NOT EXISTS (
    SELECT 1 FROM period AS p
    WHERE p.hour > from_ts - 3600 AND p.hour < to_ts AND p.h1 = 0
  )
