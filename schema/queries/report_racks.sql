-- SPDX-License-Identifier: Apache-2.0
-- Every state of the racks that was in force at some time of :from..:to, by rack and date.
SELECT key, valid_from, valid_to, hall, status, feeds, budget_w, thermal_class, row, pos, tenant,
    redundancy, budget_va, nameplate_w
FROM rack
WHERE corrected_by IS NULL AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
ORDER BY key, valid_from
