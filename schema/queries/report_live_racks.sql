-- SPDX-License-Identifier: Apache-2.0
-- The live racks in force at :at, by name.
SELECT r.key, r.hall, r.row, r.tenant
FROM rack AS r
WHERE r.corrected_by IS NULL AND r.valid_from <= :at AND (r.valid_to IS NULL OR r.valid_to > :at)
    AND r.status = 'live'
    AND NOT EXISTS (
        SELECT 1 FROM rack AS later
        WHERE later.key = r.key AND later.corrected_by IS NULL
            AND later.valid_from > r.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY r.key
