-- SPDX-License-Identifier: Apache-2.0
-- Temperature series that channels.csv places at a rack's inlet, in force at :at. A probe
-- without a rack of its own stands at its device's.
WITH c AS (
    SELECT * FROM channel AS this
    WHERE corrected_by IS NULL AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
        AND position LIKE 'inlet%'
        AND NOT EXISTS (
            SELECT 1 FROM channel AS later
            WHERE later.key = this.key AND later.corrected_by IS NULL
                AND later.valid_from > this.valid_from AND later.valid_from <= :at
                AND (later.valid_to IS NULL OR later.valid_to > :at))
)
SELECT
    coalesce(nullif(c.rack, ''),
        (SELECT d.rack FROM device AS d
         WHERE d.key = c.device AND d.corrected_by IS NULL AND d.valid_from <= :at
             AND (d.valid_to IS NULL OR d.valid_to > :at)
         ORDER BY d.valid_from DESC LIMIT 1)) AS rack,
    c.device, c.part, s.id, c.factor, c.offset, c.position
FROM c
JOIN entity AS e ON e.kind = 'device' AND e.name = c.device
JOIN series AS s ON s.entity = e.id AND s.part = c.part
JOIN quantity AS q ON q.id = s.quantity AND q.name = 'temperature_c'
ORDER BY 1, 2, 3
