-- SPDX-License-Identifier: Apache-2.0
-- How many five-minute rows an hour has, and of which point one is that is not there.
SELECT count(*), min(CASE WHEN p.id IS NULL THEN r.id END)
FROM rollup_5m AS r
LEFT JOIN point AS p ON p.id = r.id & 4294967295
WHERE r.id >= :from AND r.id < :to
