-- SPDX-License-Identifier: Apache-2.0
-- Circuits in force at :at, by name: what feeds them, and what they may carry.
SELECT c.key, c.side, c.hall, c.system, c.volts, c.rated_a, c.rated_va, c.rated_w,
    c.kind, c.fed_by, c.phases, c.trip_a, c.derate, c.modules, c.modules_needed, c.note
FROM circuit AS c
WHERE c.corrected_by IS NULL AND c.valid_from <= :at AND (c.valid_to IS NULL OR c.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM circuit AS later
        WHERE later.key = c.key AND later.corrected_by IS NULL
            AND later.valid_from > c.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY c.key
