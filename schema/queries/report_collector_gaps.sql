-- SPDX-License-Identifier: Apache-2.0
-- Rows that are absent within :from <= t < :to, run-length, with their cause.
SELECT g.scan, g.from_ts, g.to_ts, g.cause, k.name
FROM gap AS g
JOIN cause AS k ON k.id = g.cause
WHERE g.scan IS NOT NULL AND g.slot IS NULL
    AND g.from_ts < :to AND (g.to_ts IS NULL OR g.to_ts >= :from)
ORDER BY g.scan
