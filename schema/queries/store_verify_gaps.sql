-- SPDX-License-Identifier: Apache-2.0
-- Gaps that touch :from <= t < :to; scan 0: everything, slot -1: the row.
SELECT coalesce(scan, 0), coalesce(slot, -1), from_ts, to_ts, n, id, cause
FROM gap
WHERE from_ts < :to AND (to_ts IS NULL OR to_ts >= :from)
ORDER BY 1, 2, 3
