-- SPDX-License-Identifier: Apache-2.0
-- How the devices in force at :at are: health, and whether a gap covers all of :from..:to.
SELECT d.key, d.rack, d.circuit, d.role, d.use,
    coalesce(ds.state, 'unknown') AS state, ds.since, k.name AS cause,
    (SELECT count(*) FROM scan AS sc WHERE sc.entity = e.id) AS scans,
    (SELECT gk.name FROM scan AS sc
     JOIN gap AS g ON g.scan = sc.id AND g.slot IS NULL AND g.from_ts <= :from
         AND (g.to_ts IS NULL OR g.to_ts >= :to)
     JOIN cause AS gk ON gk.id = g.cause
     WHERE sc.entity = e.id LIMIT 1) AS silent
FROM device AS d
LEFT JOIN entity AS e ON e.kind = 'device' AND e.name = d.key
LEFT JOIN device_state AS ds ON ds.entity = e.id
LEFT JOIN cause AS k ON k.id = ds.cause
WHERE d.corrected_by IS NULL AND d.valid_from <= :at AND (d.valid_to IS NULL OR d.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM device AS later
        WHERE later.key = d.key AND later.corrected_by IS NULL
            AND later.valid_from > d.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY d.key
