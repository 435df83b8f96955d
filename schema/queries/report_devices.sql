-- SPDX-License-Identifier: Apache-2.0
-- Devices in force at :at, by name, with what makes them a meter.
SELECT d.key, d.rack, d.circuit, d.role, d.use, d.acc_pct, d.ct_acc_pct, d.factor
FROM device AS d
WHERE d.corrected_by IS NULL AND d.valid_from <= :at AND (d.valid_to IS NULL OR d.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM device AS later
        WHERE later.key = d.key AND later.corrected_by IS NULL
            AND later.valid_from > d.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY d.key
