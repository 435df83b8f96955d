-- SPDX-License-Identifier: Apache-2.0
-- Temperature series that channels.csv places somewhere in the air or water of a room, in force at
-- :at, with where that is. A probe without a rack of its own stands at its device's; one without any
-- rack is in the hall of its circuit.
WITH c AS (
    SELECT * FROM channel AS this
    WHERE corrected_by IS NULL AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
        AND position <> ''
        AND NOT EXISTS (
            SELECT 1 FROM channel AS later
            WHERE later.key = this.key AND later.corrected_by IS NULL
                AND later.valid_from > this.valid_from AND later.valid_from <= :at
                AND (later.valid_to IS NULL OR later.valid_to > :at))
),
placed AS (
    SELECT c.*,
        coalesce(nullif(c.rack, ''), nullif(d.rack, ''), '') AS at_rack,
        coalesce(nullif(c.circuit, ''), nullif(d.circuit, ''), '') AS at_circuit
    FROM c
    LEFT JOIN device AS d ON d.id = (
        SELECT id FROM device AS x
        WHERE x.key = c.device AND x.corrected_by IS NULL AND x.valid_from <= :at
            AND (x.valid_to IS NULL OR x.valid_to > :at)
        ORDER BY x.valid_from DESC LIMIT 1)
)
SELECT
    p.device, p.part, p.position, s.id, p.factor, p.offset, p.at_rack,
    coalesce(r.hall, u.hall, '') AS hall, coalesce(r.row, '') AS row, coalesce(r.pos, '') AS pos,
    coalesce(r.thermal_class, '') AS thermal_class, coalesce(r.status, '') AS status,
    coalesce(r.tenant, '') AS tenant
FROM placed AS p
JOIN entity AS e ON e.kind = 'device' AND e.name = p.device
JOIN series AS s ON s.entity = e.id AND s.part = p.part
JOIN quantity AS q ON q.id = s.quantity AND q.name = 'temperature_c'
LEFT JOIN rack AS r ON r.id = (
    SELECT id FROM rack AS x
    WHERE x.key = p.at_rack AND x.corrected_by IS NULL AND x.valid_from <= :at
        AND (x.valid_to IS NULL OR x.valid_to > :at)
    ORDER BY x.valid_from DESC LIMIT 1)
LEFT JOIN circuit AS u ON u.id = (
    SELECT id FROM circuit AS x
    WHERE x.key = p.at_circuit AND x.corrected_by IS NULL AND x.valid_from <= :at
        AND (x.valid_to IS NULL OR x.valid_to > :at)
    ORDER BY x.valid_from DESC LIMIT 1)
ORDER BY p.at_rack, p.position, p.device, p.part
