-- SPDX-License-Identifier: Apache-2.0
-- Every chunk of an hour with its point.
SELECT c.id, c.step, c.phase, c.n, c.w, c.base, c.slope, c.seg, c.sw, c.min, c.max, c.sum, c.count,
    c.first, c.last, c.v, p.scan, p.slot, p.kind
FROM chunk AS c
LEFT JOIN point AS p ON p.id = c.id & 4294967295
WHERE c.id >= :from AND c.id < :to
ORDER BY c.id
