-- SPDX-License-Identifier: Apache-2.0
-- Halls that live racks in force at :at name.
SELECT DISTINCT r.hall
FROM rack AS r
WHERE r.corrected_by IS NULL AND r.valid_from <= :at AND (r.valid_to IS NULL OR r.valid_to > :at)
    AND r.hall <> '' AND r.status = 'live'
ORDER BY r.hall
