-- SPDX-License-Identifier: Apache-2.0
-- Every live rack as it stands now.
SELECT l.rack, l.hall, l.row, r.thermal_class, l.power_w, l.budget_w, l.members_present,
    l.members_expected, l.ts
FROM v_rack_latest AS l
JOIN v_rack AS r ON r.name = l.rack
WHERE r.status = 'live'
ORDER BY l.rack
