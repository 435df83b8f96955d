-- SPDX-License-Identifier: Apache-2.0
-- What channels.csv places in the air or water of a room, a row per series of temperature, humidity
-- or dew point: place is the first word of position (inlet outlet supply return ambient liquid_in
-- liquid_out). rack is the channel's, else its device's; hall the rack's, else that of its circuit. Its
-- readings are corrected by factor and offset where they are temperatures.
CREATE VIEW v_sensor AS
SELECT
    c.device, c.part, c.position,
    CASE WHEN instr(c.position, ' ') THEN substr(c.position, 1, instr(c.position, ' ') - 1)
        ELSE c.position END AS place,
    r.key AS rack, coalesce(r.hall, u.hall) AS hall, r.row, r.pos, r.status, r.tenant,
    r.thermal_class, q.name AS quantity, q.unit,
    CAST(CASE q.name WHEN 'temperature_c' THEN coalesce(c.factor, 1) ELSE 1 END AS REAL) AS factor,
    CAST(CASE q.name WHEN 'temperature_c' THEN coalesce(c.offset, 0) ELSE 0 END AS REAL) AS offset,
    s.id AS series
FROM v_channel AS c
CROSS JOIN v_device AS d ON d.name = c.device
CROSS JOIN entity AS e ON e.kind = 'device' AND e.name = c.device
CROSS JOIN series AS s ON s.entity = e.id AND s.part = c.part
    AND s.quantity IN (
        SELECT id FROM quantity WHERE name IN ('temperature_c', 'humidity_pct', 'dew_point_c'))
CROSS JOIN quantity AS q ON q.id = s.quantity
LEFT JOIN rack AS r ON r.id = (
    SELECT x.id FROM v_rack AS x WHERE x.name = coalesce(nullif(c.rack, ''), nullif(d.rack, '')))
LEFT JOIN circuit AS u ON u.id = (
    SELECT x.id FROM v_circuit AS x
    WHERE x.name = coalesce(nullif(c.circuit, ''), nullif(d.circuit, '')))
WHERE c.position <> '';
