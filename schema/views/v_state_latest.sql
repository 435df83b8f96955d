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
    FROM (
        SELECT
            e.id AS entity_id, q.id AS quantity_id, e.kind AS entity_kind, e.name AS entity, s.part,
            s.label, q.name AS quantity, p.kind,
            p.names, p.severities, h.ts, unixepoch() - h.ts AS age_s,
            CASE
                WHEN h.back = 0 THEN json_extract(h.v, '$[' || p.slot || ']')
                ELSE coalesce(json_extract(k.v, '$[' || p.slot || ']'), 0)
                    + unicode(substr(h.v, h.w * p.slot + 1, h.w))
                    - CASE h.w WHEN 1 THEN 64 WHEN 2 THEN 1088 WHEN 3 THEN 28672 ELSE 589824 END
            END AS raw
        FROM entity AS e
        JOIN series AS s ON s.entity = e.id
        JOIN quantity AS q ON q.id = s.quantity
        JOIN point AS p ON p.series = s.id AND p.valid_to IS NULL
        JOIN scan_grid AS g ON g.scan = p.scan AND g.valid_from = (
            SELECT max(valid_from) FROM scan_grid WHERE scan = p.scan
        )
        CROSS JOIN hot AS h ON h.id = (
            SELECT r.id
            FROM (SELECT 0 AS back UNION ALL SELECT 1 UNION ALL SELECT 2) AS i
            CROSS JOIN hot AS r
            WHERE r.id = ((((unixepoch() - g.phase_s) / g.step_s - i.back) * g.step_s + g.phase_s)
                          % (SELECT hot_ring_s FROM store) << 32) + p.scan
              AND r.ts = ((unixepoch() - g.phase_s) / g.step_s - i.back) * g.step_s + g.phase_s
              AND CASE
                    WHEN r.back = 0 THEN json_extract(r.v, '$[' || p.slot || ']')
                    ELSE unicode(substr(r.v, r.w * p.slot + 1, r.w))
                END IS NOT NULL
            ORDER BY i.back
            LIMIT 1
        )
        LEFT JOIN hot AS k ON h.back > 0
            AND k.id = ((h.ts - h.back) % (SELECT hot_ring_s FROM store) << 32) + p.scan
            AND k.ts = h.ts - h.back
        WHERE p.kind IN ('state', 'flags')
    ) AS v
    CROSS JOIN tick AS b ON b.i <= CASE v.kind WHEN 'flags' THEN 62 ELSE 0 END
        AND (v.kind = 'state' OR v.raw >> b.i & 1)
) AS x;
