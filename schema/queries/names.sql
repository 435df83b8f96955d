-- SPDX-License-Identifier: Apache-2.0
-- Names of a :kind (RACK, HALL, ROW, TENANT, CIRCUIT, DEVICE, BOUNDARY) that begin with :prefix, for
-- whoever types one: those of the past too, since reports know them. A shell shows no more than a
-- screen of them.
SELECT DISTINCT name
FROM (
    SELECT 'RACK' AS kind, key AS name FROM rack WHERE corrected_by IS NULL
    UNION ALL
    SELECT 'HALL', hall FROM rack WHERE corrected_by IS NULL
    UNION ALL
    SELECT 'ROW', row FROM rack WHERE corrected_by IS NULL
    UNION ALL
    SELECT 'TENANT', tenant FROM rack WHERE corrected_by IS NULL
    UNION ALL
    SELECT 'CIRCUIT', key FROM circuit WHERE corrected_by IS NULL
    UNION ALL
    SELECT 'DEVICE', key FROM device WHERE corrected_by IS NULL
    UNION ALL
    SELECT 'BOUNDARY', name FROM boundary WHERE corrected_by IS NULL
)
WHERE kind = :kind AND name <> '' AND substr(name, 1, length(:prefix)) = :prefix
ORDER BY name
LIMIT 1000
