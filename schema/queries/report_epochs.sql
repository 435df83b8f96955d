-- SPDX-License-Identifier: Apache-2.0
-- When within :from..:to a meter left, or moved to another rack, circuit, role or use. New devices
-- are no such change: before, there is nothing of them.
SELECT valid_to AS ts FROM device
WHERE corrected_by IS NULL AND valid_to > :from AND valid_to < :to
UNION
SELECT valid_to FROM channel
WHERE corrected_by IS NULL AND valid_to > :from AND valid_to < :to
UNION
SELECT d.valid_from FROM device AS d
JOIN device AS p ON p.key = d.key AND p.corrected_by IS NULL
    AND p.valid_from = (
        SELECT max(b.valid_from) FROM device AS b
        WHERE b.key = d.key AND b.corrected_by IS NULL AND b.valid_from < d.valid_from)
WHERE d.corrected_by IS NULL AND d.valid_from > :from AND d.valid_from < :to
    AND (p.rack IS NOT d.rack OR p.circuit IS NOT d.circuit OR p.role IS NOT d.role
        OR p.use IS NOT d.use)
UNION
SELECT c.valid_from FROM channel AS c
LEFT JOIN channel AS p ON p.key = c.key AND p.corrected_by IS NULL
    AND p.valid_from = (
        SELECT max(b.valid_from) FROM channel AS b
        WHERE b.key = c.key AND b.corrected_by IS NULL AND b.valid_from < c.valid_from)
WHERE c.corrected_by IS NULL AND c.valid_from > :from AND c.valid_from < :to
    AND (p.key IS NULL OR p.rack IS NOT c.rack OR p.circuit IS NOT c.circuit
        OR p.role IS NOT c.role OR p.use IS NOT c.use)
ORDER BY ts
