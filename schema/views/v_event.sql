-- SPDX-License-Identifier: Apache-2.0
-- What happened. severity: 0 info, 1 warning, 2 alarm.
CREATE VIEW v_event AS
SELECT
    v.id,
    v.ts,
    e.kind AS entity_kind,
    e.name AS entity,
    v.kind,
    v.severity,
    v.text
FROM event AS v
LEFT JOIN entity AS e ON e.id = v.entity;
