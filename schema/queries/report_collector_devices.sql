-- SPDX-License-Identifier: Apache-2.0
-- Devices in force at :at with their state now; :rack and :hall NULL: all.
SELECT d.key, d.rack, coalesce(ds.state, 'unknown'), ds.since, k.name, ds.cause
FROM device AS d
LEFT JOIN entity AS e ON e.kind = 'device' AND e.name = d.key
LEFT JOIN device_state AS ds ON ds.entity = e.id
LEFT JOIN cause AS k ON k.id = ds.cause
WHERE d.corrected_by IS NULL AND d.valid_from <= :at AND (d.valid_to IS NULL OR d.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM device AS later
        WHERE later.key = d.key AND later.corrected_by IS NULL
            AND later.valid_from > d.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
    AND (:rack IS NULL OR d.rack = :rack)
    AND (:hall IS NULL OR d.rack IN (
        SELECT r.key FROM rack AS r WHERE r.hall = :hall AND r.corrected_by IS NULL))
ORDER BY d.key
