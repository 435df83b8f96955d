-- SPDX-License-Identifier: Apache-2.0
-- Days before the first sample are made: there is nothing in them.
UPDATE civil_day SET d1 = 1
WHERE d1 = 0 AND to_ts <= :before
  AND to_ts <= coalesce((SELECT min(hour) FROM (
        SELECT min(hour) AS hour FROM period UNION ALL SELECT min(hour) FROM open_hour
    )), 0)
