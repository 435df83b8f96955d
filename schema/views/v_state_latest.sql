-- SPDX-License-Identifier: Apache-2.0
-- What the states and alarm bits of devices say now, at most three instants old, in the words of
-- their profile, and how bad that is: ok, unknown, warning, critical (NULL: this file does not
-- know yet). A state is a row; of flags each bit that is set is one, and none while no bit is. A
-- state or a bit without a name is unknown. since: of warning and critical.
CREATE VIEW v_state_latest AS
SELECT
    x.entity_kind,
    x.entity,
    x.part,
    x.label,
    x.quantity,
    x.ts,
    x.age_s,
    x.state,
    json_extract(x.names, '$."' || x.state || '"') AS name,
    CASE
        WHEN x.severities IS NULL THEN NULL
        WHEN json_extract(x.names, '$."' || x.state || '"') IS NULL THEN 'unknown'
        ELSE coalesce(json_extract(x.severities, '$."' || x.state || '"'), 'ok')
    END AS severity,
    (
        SELECT a.from_ts FROM alarm AS a
        WHERE a.entity = x.entity_id AND a.part = x.part AND a.quantity = x.quantity_id
          AND a.state = x.state AND a.to_ts IS NULL
    ) AS since
FROM (
    SELECT
        v.entity_id, v.quantity_id, v.entity_kind, v.entity, v.part, v.label, v.quantity, v.ts,
        v.age_s, v.names, v.severities,
        CASE v.kind WHEN 'flags' THEN b.i ELSE v.raw END AS state
    FROM v_latest_raw AS v
    CROSS JOIN tick AS b ON b.i <= CASE v.kind WHEN 'flags' THEN 62 ELSE 0 END
        AND (v.kind = 'state' OR v.raw >> b.i & 1)
    WHERE v.kind IN ('state', 'flags')
) AS x;
