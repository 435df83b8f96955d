-- SPDX-License-Identifier: Apache-2.0
-- The terms of all boundaries in force at :at; the site's own before partial ones, then in the
-- order they were first seen.
SELECT b.name, b.partial, b.category, b.side, b.sign, b.circuit, b.role, b.hall,
    max(b.valid_from, 0)
FROM boundary AS b
WHERE b.corrected_by IS NULL AND b.valid_from <= :at AND (b.valid_to IS NULL OR b.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM boundary AS later
        WHERE later.key = b.key AND later.corrected_by IS NULL
            AND later.valid_from > b.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY b.partial, (SELECT min(id) FROM boundary AS a WHERE a.name = b.name), b.side, b.position
