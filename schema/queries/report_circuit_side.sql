-- SPDX-License-Identifier: Apache-2.0
-- The side of a circuit in force at :at.
SELECT side
FROM circuit
WHERE key = :circuit AND corrected_by IS NULL AND valid_from <= :at
    AND (valid_to IS NULL OR valid_to > :at)
ORDER BY valid_from DESC
LIMIT 1
