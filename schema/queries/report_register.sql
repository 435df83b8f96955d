-- SPDX-License-Identifier: Apache-2.0
-- Devices in force at :at by name: what devices.csv says of them as meters, what they say of
-- themselves, and whether they ever answered.
SELECT d.key, d.profile, d.serial, d.cal_due, d.acc_pct, d.ct_acc_pct, d.note,
    coalesce(ds.state, 'unknown'), ds.since, k.name,
    (SELECT f.value FROM device_fact AS f
     WHERE f.entity = e.id AND f.key = 'serial' AND f.valid_from <= :at
         AND (f.valid_to IS NULL OR f.valid_to > :at)
     ORDER BY f.valid_from DESC LIMIT 1),
    (SELECT f.value FROM device_fact AS f
     WHERE f.entity = e.id AND f.key = 'model' AND f.valid_from <= :at
         AND (f.valid_to IS NULL OR f.valid_to > :at)
     ORDER BY f.valid_from DESC LIMIT 1),
    (SELECT f.value FROM device_fact AS f
     WHERE f.entity = e.id AND f.key = 'firmware' AND f.valid_from <= :at
         AND (f.valid_to IS NULL OR f.valid_to > :at)
     ORDER BY f.valid_from DESC LIMIT 1),
    (SELECT count(*) FROM scan AS s WHERE s.entity = e.id)
FROM device AS d
LEFT JOIN entity AS e ON e.kind = 'device' AND e.name = d.key
LEFT JOIN device_state AS ds ON ds.entity = e.id
LEFT JOIN cause AS k ON k.id = ds.cause AND ds.cause <> 0
WHERE d.corrected_by IS NULL AND d.valid_from <= :at AND (d.valid_to IS NULL OR d.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM device AS later
        WHERE later.key = d.key AND later.corrected_by IS NULL
            AND later.valid_from > d.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY d.key
