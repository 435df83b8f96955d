-- SPDX-License-Identifier: Apache-2.0
-- Racks in force at :at, by name, of every status.
SELECT t.key, t.hall, t.row, t.pos, t.status, t.tenant, t.feeds, t.redundancy, t.budget_w,
    t.budget_va, t.nameplate_w
FROM rack AS t
WHERE t.corrected_by IS NULL AND t.valid_from <= :at AND (t.valid_to IS NULL OR t.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM rack AS later
        WHERE later.key = t.key AND later.corrected_by IS NULL
            AND later.valid_from > t.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY t.key
