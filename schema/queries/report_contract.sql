-- SPDX-License-Identifier: Apache-2.0
-- What the site may draw by its supply contract, in force at :at.
SELECT b.value, b.unit, b.window, b.source
FROM budget AS b
WHERE b.scope = 'site' AND b.measure = 'contract' AND b.corrected_by IS NULL
    AND b.valid_from <= :at AND (b.valid_to IS NULL OR b.valid_to > :at)
ORDER BY b.valid_from DESC
LIMIT 1
