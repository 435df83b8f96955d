-- SPDX-License-Identifier: Apache-2.0
-- One setting of rackmeter.yaml in force at :at.
SELECT value
FROM setting
WHERE key = :key AND corrected_by IS NULL AND valid_from <= :at
    AND (valid_to IS NULL OR valid_to > :at)
ORDER BY valid_from DESC
LIMIT 1
