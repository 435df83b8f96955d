-- SPDX-License-Identifier: Apache-2.0
-- How often each state was seen, UTC hour by hour up to now: a row per point, hour and state. state is
-- the device's integer, name its word where the profile has one; seconds: samples times their step,
-- so that what is missing to 3600 is not known. Where a whole hour knew one state only, rollup_1h says
-- which; state_1h has the others; open hours stand in the ring. Give hour limits.
CREATE VIEW v_state_1h AS
SELECT
    o.entity_kind, o.entity, o.part, o.quantity, o.ts, o.state,
    json_extract(o.names, '$."' || o.state || '"') AS name,
    o.samples,
    CAST(round(min(o.samples * o.step_s, 3600)) AS INTEGER) AS seconds,
    o.hour
FROM (
    SELECT
        e.kind AS entity_kind, e.name AS entity, s.part, q.name AS quantity, t.hour AS ts,
        r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) AS INTEGER)
        END AS state,
        p.names,
        CASE WHEN r.n IS NULL THEN r."full"
            ELSE unicode(substr(r.n, 3 * (t.hour % 86400 / 3600) + 1, 3)) - 2048 END AS samples,
        coalesce(CASE WHEN sc.name NOT GLOB 'import*' THEN (
                SELECT g.step_s FROM scan_grid AS g
                WHERE g.scan = p.scan AND g.valid_from < t.hour + 3600
                ORDER BY g.valid_from DESC LIMIT 1
            ) END, 3600.0 / r."full") AS step_s,
        t.hour
    FROM period AS t
    CROSS JOIN entity AS e
    CROSS JOIN series AS s ON s.entity = e.id
    CROSS JOIN quantity AS q ON q.id = s.quantity
    CROSS JOIN point AS p ON p.series = s.id
    CROSS JOIN scan AS sc ON sc.id = p.scan
    CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
    WHERE t.h1 = 1 AND p.kind = 'state'
      AND CASE WHEN r.w = 0 THEN 1 ELSE substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, 1) <> x'00' END
      AND substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) = substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw)
) AS o
UNION ALL
SELECT
    o.entity_kind, o.entity, o.part, o.quantity, o.ts, o.state,
    json_extract(o.names, '$."' || o.state || '"'),
    o.samples,
    CAST(round(min(o.samples * o.step_s, 3600)) AS INTEGER),
    o.hour
FROM (
    SELECT
        e.kind AS entity_kind, e.name AS entity, s.part, q.name AS quantity, t.hour AS ts,
        CAST(j.key AS INTEGER) AS state,
        p.names,
        j.value AS samples,
        coalesce(CASE WHEN sc.name NOT GLOB 'import*' THEN (
                SELECT g.step_s FROM scan_grid AS g
                WHERE g.scan = p.scan AND g.valid_from < t.hour + 3600
                ORDER BY g.valid_from DESC LIMIT 1
            ) END, 3600.0 / r."full") AS step_s,
        t.hour
    FROM period AS t
    CROSS JOIN entity AS e
    CROSS JOIN series AS s ON s.entity = e.id
    CROSS JOIN quantity AS q ON q.id = s.quantity
    CROSS JOIN point AS p ON p.series = s.id
    CROSS JOIN scan AS sc ON sc.id = p.scan
    CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
    CROSS JOIN state_1h AS w ON w.id = t.hour / 3600 * 4294967296 + p.id
    CROSS JOIN json_each(w.states) AS j
    WHERE t.h1 = 1 AND p.kind = 'state'
      AND NOT (substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) = substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw))
) AS o
UNION ALL
SELECT
    o.entity_kind, o.entity, o.part, o.quantity, o.hour, o.state,
    json_extract(o.names, '$."' || o.state || '"'),
    o.samples,
    CAST(round(min(o.samples * o.step_s, 3600)) AS INTEGER),
    o.hour
FROM (
    SELECT
        v.entity_kind, v.entity, v.part, v.quantity, v.hour, v.raw AS state,
        p.names, count(*) AS samples,
        (SELECT g.step_s FROM scan_grid AS g
         WHERE g.scan = p.scan AND g.valid_from < v.hour + 3600
         ORDER BY g.valid_from DESC LIMIT 1) AS step_s
    FROM v_open_reading AS v
    CROSS JOIN point AS p ON p.id = v.point
    WHERE v.kind = 'state'
    GROUP BY v.entity_kind, v.entity, v.part, v.quantity, v.hour, v.raw, p.id
) AS o;
