-- SPDX-License-Identifier: Apache-2.0
-- Scans that are polled and have had a grid before :to.
SELECT s.id FROM scan AS s
WHERE s.name NOT GLOB 'import*'
  AND EXISTS (SELECT 1 FROM scan_grid AS g WHERE g.scan = s.id AND g.valid_from < :to)
ORDER BY s.id
