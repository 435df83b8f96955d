-- SPDX-License-Identifier: Apache-2.0
-- Every chunk that readers see.
SELECT c.id, c.step, c.phase, c.n, c.w, c.base, c.slope, c.seg, c.sw, c.min, c.max, c.sum, c.count,
    c.first, c.last, c.v
FROM period AS t
CROSS JOIN chunk AS c ON c.id >= t.hour / 3600 << 32 AND c.id < t.hour / 3600 + 1 << 32
WHERE t.raw = 1
