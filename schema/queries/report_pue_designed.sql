-- SPDX-License-Identifier: Apache-2.0
-- The PUE that :scope :id was designed for (budgets.csv, measure pue), in force at :at.
SELECT b.value
FROM budget AS b
WHERE b.scope = :scope AND b.scope_id = :id AND b.measure = 'pue' AND b.corrected_by IS NULL
    AND b.valid_from <= :at AND (b.valid_to IS NULL OR b.valid_to > :at)
ORDER BY b.valid_from DESC, b.id DESC
LIMIT 1
