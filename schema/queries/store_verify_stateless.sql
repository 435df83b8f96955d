-- SPDX-License-Identifier: Apache-2.0
-- Was the hour finished by a rackmeter that kept no changes of states (before schema 2)?
SELECT count(*) FROM migration AS first
JOIN migration AS second ON second.n = 2
WHERE first.n = 1 AND first.applied < second.applied AND :hour < second.applied
