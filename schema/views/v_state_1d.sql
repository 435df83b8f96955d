-- SPDX-License-Identifier: Apache-2.0
-- How long each state was seen, civil day by civil day up to now: a row per point, day and state.
-- state is the device's integer, name its word where the profile has one; seconds are samples times
-- their step: what they lack to the length of the day is not known. A day of which that was not kept
-- (its hours are older than this table) has no row.
CREATE VIEW v_state_1d AS
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    q.name AS quantity,
    d.date,
    d.from_ts AS ts,
    d.to_ts,
    CAST(j.key AS INTEGER) AS state,
    json_extract(p.names, '$."' || j.key || '"') AS name,
    j.value AS seconds
FROM civil_day AS d
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN rollup_1d AS r ON r.id = d.day * 4294967296 + p.id
CROSS JOIN json_each(CASE
    WHEN r.states IS NOT NULL THEN r.states
    WHEN r.low = r.high THEN json_object(CAST(r.low AS TEXT),
        CAST(round(r.n * 1.0 * (d.to_ts - d.from_ts) / r."full") AS INTEGER))
    ELSE '{}' END) AS j
WHERE d.d1 = 1 AND p.kind = 'state'
UNION ALL
SELECT
    o.entity_kind, o.entity, o.part, o.quantity, o.date, o.ts, o.to_ts,
    CAST(j.key AS INTEGER),
    json_extract(o.names, '$."' || j.key || '"'),
    j.value
FROM (
    -- DISTINCT: else SQLite would put the subquery of j into each of its uses
    SELECT DISTINCT
        e.kind AS entity_kind, e.name AS entity, s.part, q.name AS quantity, d.date,
        d.from_ts AS ts, d.to_ts, p.names,
        (SELECT json_group_object(CAST(a.state AS TEXT), CAST(round(a.seconds) AS INTEGER))
         FROM (
            SELECT y.state, sum(min(y.samples * y.step_s, 3600)) AS seconds
            FROM (
                -- whole hours of one state
                SELECT
                    r.mbase + CASE
                        WHEN r.mw = 0 THEN 0
                        WHEN r.mw < 5
                            THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw))
                        ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) AS INTEGER)
                    END AS state,
                    CASE WHEN r.n IS NULL THEN r."full"
                        ELSE unicode(substr(r.n, 3 * (t.hour % 86400 / 3600) + 1, 3)) - 2048 END AS samples,
                    coalesce(CASE WHEN sc.name NOT GLOB 'import*' THEN (
                SELECT g.step_s FROM scan_grid AS g
                WHERE g.scan = p.scan AND g.valid_from < t.hour + 3600
                ORDER BY g.valid_from DESC LIMIT 1
            ) END, 3600.0 / r."full") AS step_s
                FROM period AS t
                CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
                WHERE t.hour >= d.from_ts AND t.hour <= d.to_ts - 3600 AND t.h1 = 1
                  AND CASE WHEN r.w = 0 THEN 1 ELSE substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, 1) <> x'00' END
                  AND substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) = substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw)
                UNION ALL
                -- of more
                SELECT
                    CAST(k.key AS INTEGER), k.value,
                    coalesce(CASE WHEN sc.name NOT GLOB 'import*' THEN (
                SELECT g.step_s FROM scan_grid AS g
                WHERE g.scan = p.scan AND g.valid_from < t.hour + 3600
                ORDER BY g.valid_from DESC LIMIT 1
            ) END, 3600.0 / r."full")
                FROM period AS t
                CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
                CROSS JOIN state_1h AS w ON w.id = t.hour / 3600 * 4294967296 + p.id
                CROSS JOIN json_each(w.states) AS k
                WHERE t.hour >= d.from_ts AND t.hour <= d.to_ts - 3600 AND t.h1 = 1
                  AND NOT (substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) = substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw))
                UNION ALL
                -- samples of hours that an end of the day cuts
                SELECT u.raw, 1, u.step_s
                FROM (
                    SELECT
                        t.hour + c.phase + k.i * c.step AS ts,
                        coalesce(CASE WHEN sc.name NOT GLOB 'import*' THEN (
                SELECT g.step_s FROM scan_grid AS g
                WHERE g.scan = p.scan AND g.valid_from < t.hour + 3600
                ORDER BY g.valid_from DESC LIMIT 1
            ) END, c.step) AS step_s,
                        c.base + ((c.slope * k.i) >> 12) + CASE
                            WHEN c.w = 0 THEN 0
                            WHEN c.w < 5 THEN unicode(substr(c.v, c.w * k.i + 1, c.w))
                            ELSE CAST(substr(c.v, c.w * k.i + 1, c.w) AS INTEGER)
                        END + CASE
                            WHEN c.seg = 0 THEN 0
                            ELSE unicode(substr(c.v, c.w * c.n + c.sw * (k.i / c.seg) + 1, c.sw))
                        END AS raw
                    FROM period AS t
                    CROSS JOIN chunk AS c ON c.id = t.hour / 3600 * 4294967296 + p.id
                    CROSS JOIN tick AS k ON k.i < c.n
                    WHERE t.hour IN (d.from_ts / 3600 * 3600, d.to_ts / 3600 * 3600)
                      AND (t.hour < d.from_ts OR t.hour + 3600 > d.to_ts)
                      AND t.raw = 1
                      AND (c.w = 0 OR substr(c.v, c.w * k.i + 1, 1) <> x'00')
                    UNION ALL
                    SELECT
                        t.hour + c.at,
                        coalesce(CASE WHEN sc.name <> 'import' THEN (
                SELECT g.step_s FROM scan_grid AS g
                WHERE g.scan = p.scan AND g.valid_from < t.hour + 3600
                ORDER BY g.valid_from DESC LIMIT 1
            ) END, c.step),
                        c.raw
                    FROM period AS t
                    CROSS JOIN v_dense AS c ON c.id = t.hour / 3600 * 4294967296 + p.id
                    WHERE t.hour IN (d.from_ts / 3600 * 3600, d.to_ts / 3600 * 3600)
                      AND (t.hour < d.from_ts OR t.hour + 3600 > d.to_ts)
                      AND t.raw = 1
                ) AS u
                WHERE u.ts >= d.from_ts AND u.ts < d.to_ts
                UNION ALL
                -- and of open ones
                SELECT v.raw, 1, coalesce(CASE WHEN sc.name NOT GLOB 'import*' THEN (
                SELECT g.step_s FROM scan_grid AS g
                WHERE g.scan = p.scan AND g.valid_from < v.hour + 3600
                ORDER BY g.valid_from DESC LIMIT 1
            ) END, 1)
                FROM v_open_reading AS v
                WHERE v.entity_kind = e.kind AND v.entity = e.name AND v.part = s.part
                  AND v.quantity = q.name AND v.point = p.id
                  AND v.hour > d.from_ts - 3600 AND v.hour < d.to_ts
                  AND v.ts >= d.from_ts AND v.ts < d.to_ts
            ) AS y
            GROUP BY y.state
        ) AS a) AS j
    FROM civil_day AS d
    CROSS JOIN entity AS e
    CROSS JOIN series AS s ON s.entity = e.id
    CROSS JOIN quantity AS q ON q.id = s.quantity
    CROSS JOIN point AS p ON p.series = s.id
    CROSS JOIN scan AS sc ON sc.id = p.scan
    WHERE d.d1 = 0 AND p.kind = 'state'
      AND d.from_ts < 3600 + coalesce((SELECT max(hour) FROM (
            SELECT max(hour) AS hour FROM period UNION ALL SELECT max(hour) FROM open_hour)), 0)
) AS o
CROSS JOIN json_each(o.j) AS j;
