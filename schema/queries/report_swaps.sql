-- SPDX-License-Identifier: Apache-2.0
-- When a device told another serial number than before, until :to.
SELECT n.name, e.ts
FROM event AS e
JOIN entity AS n ON n.id = e.entity AND n.kind = 'device'
WHERE e.kind = 'replaced' AND e.ts < :to
ORDER BY n.name, e.ts
