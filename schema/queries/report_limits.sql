-- SPDX-License-Identifier: Apache-2.0
-- The rows of budgets.csv that were in force at some time of :from..:to, by key and date; each holds
-- until the next of its key, or its own end.
SELECT key, scope, scope_id, measure, value, unit, window, source, valid_from, valid_to
FROM budget
WHERE corrected_by IS NULL AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
ORDER BY key, valid_from
