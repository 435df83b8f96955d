-- SPDX-License-Identifier: Apache-2.0
-- What devices said that needs a person: a state or an alarm bit that is warning or critical, from
-- when to when (NULL: it lasts). name is the word of the profile; NULL where it has none any more.
CREATE VIEW v_alarm AS
SELECT
    e.name AS device,
    a.part,
    s.label,
    q.name AS quantity,
    a.state,
    (
        SELECT json_extract(p.names, '$."' || a.state || '"')
        FROM point AS p WHERE p.series = s.id ORDER BY p.valid_from DESC LIMIT 1
    ) AS name,
    a.severity,
    a.from_ts,
    a.to_ts
FROM alarm AS a
JOIN entity AS e ON e.id = a.entity
JOIN quantity AS q ON q.id = a.quantity
LEFT JOIN series AS s ON s.entity = a.entity AND s.part = a.part AND s.quantity = a.quantity;
