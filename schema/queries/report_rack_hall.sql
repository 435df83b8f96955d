-- SPDX-License-Identifier: Apache-2.0
-- The hall of a rack at :at.
SELECT hall
FROM rack
WHERE key = :rack AND corrected_by IS NULL AND valid_from <= :at
    AND (valid_to IS NULL OR valid_to > :at)
ORDER BY valid_from DESC
LIMIT 1
