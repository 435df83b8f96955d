-- SPDX-License-Identifier: Apache-2.0
-- A row when an hour of :from..:to has only hourly data left.
SELECT 1 FROM period
WHERE hour > :from - 3600 AND hour < :to AND raw = 0 AND h1 = 1
LIMIT 1
