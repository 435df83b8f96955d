-- SPDX-License-Identifier: Apache-2.0
-- Cords in force at :at, by load and power supply.
SELECT t.powered, t.psu, t.tenant, t.device, t.part, t.circuit, t.phases, t.rack, t.psus_needed,
    t.nameplate_w
FROM cord AS t
WHERE t.corrected_by IS NULL AND t.valid_from <= :at AND (t.valid_to IS NULL OR t.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM cord AS later
        WHERE later.key = t.key AND later.corrected_by IS NULL
            AND later.valid_from > t.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY t.powered, t.psu
