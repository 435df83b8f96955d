-- SPDX-License-Identifier: Apache-2.0
-- The devices in force at :at, and whether any of their states or bits may be an alarm.
SELECT d.key, d.rack, d.circuit, e.id IN (
    SELECT s.entity FROM point AS p CROSS JOIN series AS s ON s.id = p.series
    WHERE p.severities <> '{}')
FROM device AS d
LEFT JOIN entity AS e ON e.kind = 'device' AND e.name = d.key
WHERE d.corrected_by IS NULL AND d.valid_from <= :at AND (d.valid_to IS NULL OR d.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM device AS later
        WHERE later.key = d.key AND later.corrected_by IS NULL
            AND later.valid_from > d.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
