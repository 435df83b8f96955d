-- SPDX-License-Identifier: Apache-2.0
-- Every point of an hour that stands in the denser form, with its point.
SELECT d.id, d.step, d.phase, d.n, d.base, d.low, d.m, d.k, d.c, d.sum, d.gone, d.v, p.scan, p.slot,
    p.kind, EXISTS (SELECT 1 FROM chunk AS c WHERE c.id = d.id), coalesce(length(d.gone), 0)
FROM chunk_dense AS d
LEFT JOIN point AS p ON p.id = d.id & 4294967295
WHERE d.id >= :from AND d.id < :to
ORDER BY d.id
