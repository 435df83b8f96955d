-- SPDX-License-Identifier: Apache-2.0
-- Limits that were ever passed: power of racks against their budget, current per phase of feeds
-- against their derated rating. level: ok, warn (near), over; value brought the change, "limit"
-- held then. A level rises after limits.hold and ends limits.clear below its mark.
CREATE VIEW v_limit_state AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    l.part,
    q.name AS quantity,
    l.level,
    l.since,
    CAST(l.value AS REAL) AS value,
    CAST(l."limit" AS REAL) AS "limit"
FROM limit_state AS l
JOIN entity AS e ON e.id = l.entity
JOIN quantity AS q ON q.id = l.quantity;
