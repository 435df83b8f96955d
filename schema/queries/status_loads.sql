-- SPDX-License-Identifier: Apache-2.0
-- The last configuration that was accepted and the last one that was refused.
SELECT ok, ts, user, dir, hash, problems
FROM config_load AS l
WHERE id = (SELECT max(id) FROM config_load WHERE ok = l.ok)
ORDER BY ok DESC
