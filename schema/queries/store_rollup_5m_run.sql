-- SPDX-License-Identifier: Apache-2.0
-- A point's finished hours one after the other.
SELECT r.f, r.w, r.base, r.slope, r.v, r."full", r.n, t.hour, t.raw
FROM period AS t
CROSS JOIN rollup_5m AS r ON r.id = t.hour / 3600 * 4294967296 + :point
WHERE t.hour >= :from AND t.hour <= :to AND t.r5 = 1
ORDER BY t.hour
