-- SPDX-License-Identifier: Apache-2.0
-- The scans of devices with every grid they have had, by scan and date; imported series are not
-- polled.
SELECT s.id, e.name, g.valid_from, g.step_s, g.phase_s
FROM scan AS s
JOIN entity AS e ON e.id = s.entity AND e.kind = 'device'
JOIN scan_grid AS g ON g.scan = s.id
WHERE s.name NOT GLOB 'import*'
ORDER BY s.id, g.valid_from
