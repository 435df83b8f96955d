-- SPDX-License-Identifier: Apache-2.0
-- The first hour with samples; NULL: there is none yet.
SELECT min(hour) FROM (
    SELECT min(hour) AS hour FROM period UNION ALL SELECT min(hour) FROM open_hour
)
