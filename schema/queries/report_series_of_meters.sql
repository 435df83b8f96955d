-- SPDX-License-Identifier: Apache-2.0
-- What devices that have ever stood at a circuit or had a role measure of power, by device and
-- part: of the device as a whole and of the parts that channels.csv names.
SELECT e.name, s.part, q.name, s.id, s.phase, s.main
FROM series AS s
JOIN entity AS e ON e.id = s.entity AND e.kind = 'device'
JOIN quantity AS q ON q.id = s.quantity
    AND q.name IN ('power_w', 'apparent_power_va', 'current_a', 'voltage_v', 'energy_wh')
WHERE s.main = 1 AND e.name IN (
        SELECT key FROM device WHERE corrected_by IS NULL AND (circuit <> '' OR role <> ''))
    OR s.phase > 0 AND e.name IN (
        SELECT key FROM device WHERE corrected_by IS NULL AND (circuit <> '' OR role <> ''))
    OR e.name || '/' || s.part IN (SELECT key FROM channel WHERE corrected_by IS NULL)
ORDER BY e.name, s.part, s.id
