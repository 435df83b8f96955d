-- SPDX-License-Identifier: Apache-2.0
-- Devices, and parts that channels.csv places, which came into the files after the first load that
-- had any: DEVICE or DEVICE/PART, when the files first named it.
WITH named (name, load) AS (
    SELECT key, load FROM device
    UNION ALL
    SELECT device || '/' || part, load FROM channel
)
SELECT n.name, min(l.ts)
FROM named AS n
JOIN config_load AS l ON l.id = n.load
GROUP BY n.name
HAVING min(n.load) > (SELECT min(load) FROM device)
