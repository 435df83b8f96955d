-- SPDX-License-Identifier: Apache-2.0
-- Whether the scan holds sums over devices, and gauges alone.
SELECT e.kind <> 'device' AND NOT EXISTS (SELECT 1 FROM point WHERE scan = s.id AND kind <> 'gauge')
FROM scan AS s
JOIN entity AS e ON e.id = s.entity
WHERE s.id = :scan
