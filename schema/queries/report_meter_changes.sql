-- SPDX-License-Identifier: Apache-2.0
-- When a device, or where a part of it stands, changed within :from..:to: device and instant.
WITH change (device, ts) AS (
    SELECT key, valid_from FROM device WHERE corrected_by IS NULL
    UNION
    SELECT key, valid_to FROM device WHERE corrected_by IS NULL
    UNION
    SELECT device, valid_from FROM channel WHERE corrected_by IS NULL
    UNION
    SELECT device, valid_to FROM channel WHERE corrected_by IS NULL
)
SELECT device, ts FROM change
WHERE ts > :from AND ts < :to
ORDER BY device, ts
