-- SPDX-License-Identifier: Apache-2.0
-- Gaps of the collector as a whole that are over and touch :from..:to.
SELECT from_ts, to_ts FROM gap
WHERE scan IS NULL AND from_ts < :to AND to_ts >= :from
ORDER BY from_ts
