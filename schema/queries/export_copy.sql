-- SPDX-License-Identifier: Apache-2.0
-- Everything but samples. Of the whole site all rows of the period; else what names only what was
-- selected, without paths, people and addresses.
INSERT INTO main.config_load
SELECT id, ts, CASE WHEN w.whole THEN user ELSE '' END, CASE WHEN w.whole THEN dir ELSE '' END, hash,
    ok, CASE WHEN w.whole THEN problems ELSE '' END
FROM temp.want AS w, source.config_load;
INSERT INTO main.config_file
SELECT f.* FROM temp.want AS w JOIN source.config_file AS f ON w.whole;

INSERT OR IGNORE INTO main.quantity SELECT * FROM source.quantity;
INSERT INTO main.entity
SELECT * FROM source.entity
WHERE (SELECT whole FROM temp.want)
   OR id IN (SELECT s.entity FROM temp.want_series AS w JOIN source.series AS s ON s.id = w.series)
   OR id IN (SELECT s.entity FROM temp.want_scan AS w JOIN source.scan AS s ON s.id = w.scan);
INSERT INTO main.series
SELECT * FROM source.series WHERE id IN (SELECT series FROM temp.want_series);
INSERT INTO main.scan SELECT * FROM source.scan WHERE id IN (SELECT scan FROM temp.want_scan);
INSERT INTO main.scan_grid
SELECT * FROM source.scan_grid WHERE scan IN (SELECT scan FROM temp.want_scan);
INSERT INTO main.point SELECT * FROM source.point WHERE id IN (SELECT point FROM temp.want_point);

-- Gaps are cut to the spans; what is cut is counted anew on the grid.
INSERT INTO main.gap (scan, slot, from_ts, to_ts, cause, n)
SELECT g.scan, g.slot, g.low, g.high, g.cause, CASE
    WHEN g.scan IS NULL THEN 0
    WHEN g.low = g.from_ts AND g.high = g.to_ts THEN g.n
    ELSE coalesce((
        SELECT (g.high - s.phase_s) / s.step_s - (g.low - 1 - s.phase_s) / s.step_s
        FROM source.scan_grid AS s
        WHERE s.scan = g.scan AND s.valid_from <= g.low ORDER BY s.valid_from DESC LIMIT 1
    ), 0)
END
FROM (
    SELECT g.*, max(g.from_ts, p.from_ts) AS low,
        min(coalesce(g.to_ts, w.now_ts - 1), p.to_ts - 1) AS high
    FROM temp.want AS w, source.gap AS g
    JOIN temp.want_point AS p ON p.scan = g.scan AND p.slot = g.slot
    UNION ALL
    SELECT g.*, max(g.from_ts, s.from_ts),
        min(coalesce(g.to_ts, w.now_ts - 1), s.to_ts - 1)
    FROM temp.want AS w, source.gap AS g
    JOIN temp.want_scan AS s ON s.scan = g.scan AND g.slot IS NULL
    UNION ALL
    SELECT g.*, max(g.from_ts, w.from_ts),
        min(coalesce(g.to_ts, w.now_ts - 1), w.to_ts - 1)
    FROM temp.want AS w, source.gap AS g WHERE g.scan IS NULL
) AS g
WHERE g.low <= g.high
ORDER BY g.low, g.scan, g.slot;

-- Texts of other kinds may name other devices and files.
INSERT INTO main.event
SELECT v.* FROM temp.want AS w
JOIN source.event AS v ON v.ts >= w.from_ts AND v.ts < w.to_ts
WHERE w.whole OR (
    v.kind IN ('device_state', 'survey', 'restart', 'replaced')
    AND EXISTS (
        SELECT 1 FROM source.series AS s JOIN temp.want_series AS x ON x.series = s.id
        WHERE s.entity = v.entity AND x.from_ts <= v.ts AND x.to_ts > v.ts
    )
);
INSERT INTO main.device_state
SELECT t.* FROM temp.want AS w
JOIN source.device_state AS t ON t.entity IN (SELECT entity FROM temp.want_device)
WHERE w.to_ts >= w.now_ts;
INSERT INTO main.limit_state
SELECT t.* FROM temp.want AS w
JOIN source.limit_state AS t ON w.whole OR EXISTS (
    SELECT 1 FROM source.series AS s JOIN temp.want_series AS x ON x.series = s.id
    WHERE s.entity = t.entity AND s.part = t.part AND s.quantity = t.quantity AND x.to_ts >= w.now_ts
)
WHERE w.to_ts >= w.now_ts;
-- An alarm that lasted beyond the end lasts.
INSERT INTO main.alarm
SELECT a.entity, a.part, a.quantity, a.state, a.severity, a.from_ts,
    CASE WHEN a.to_ts < w.to_ts THEN a.to_ts END
FROM temp.want AS w
JOIN source.alarm AS a ON a.from_ts < w.to_ts AND (a.to_ts IS NULL OR a.to_ts > w.from_ts)
WHERE w.whole OR EXISTS (
    SELECT 1 FROM source.series AS s JOIN temp.want_series AS x ON x.series = s.id
    WHERE s.entity = a.entity AND s.part = a.part AND s.quantity = a.quantity
      AND x.from_ts < coalesce(a.to_ts, w.to_ts) AND x.to_ts > a.from_ts
);
INSERT INTO main.device_fact
SELECT f.* FROM temp.want AS w
JOIN source.device_fact AS f ON f.entity IN (SELECT entity FROM temp.want_device)
WHERE f.valid_from < w.to_ts AND (f.valid_to IS NULL OR f.valid_to > w.from_ts);
INSERT INTO main.daemon
SELECT id, version, 0, '', started, coalesce(stopped, w.now_ts), last_commit, min(last_ts, w.to_ts - 1)
FROM temp.want AS w, source.daemon;

INSERT INTO main.civil_day
SELECT d.day, d.date, d.from_ts, d.to_ts,
    d.d1 AND d.from_ts >= w.from_ts AND d.to_ts <= w.to_ts
FROM temp.want AS w
JOIN source.civil_day AS d ON d.from_ts < w.to_ts AND d.to_ts > w.from_ts;

INSERT INTO main.setting
SELECT t.* FROM temp.want AS w JOIN source.setting AS t
    ON w.whole OR t.key IN ('site', 'zone') OR t.key GLOB 'limits.*' OR t.key GLOB 'money.*'
    OR t.key GLOB 'intervals.*';
INSERT INTO main.boundary
SELECT t.* FROM temp.want AS w JOIN source.boundary AS t ON w.whole OR t.name = w.hall;
-- A row that another follows, which is not taken, ends where that one begins.
INSERT INTO main.rack
SELECT * FROM source.rack
WHERE (SELECT whole FROM temp.want) OR id IN (SELECT row FROM temp.want_rack);
INSERT INTO main.device
SELECT d.* FROM temp.want AS w, source.device AS d
WHERE w.whole OR (d.corrected_by IS NULL AND d.key IN (SELECT name FROM temp.want_device) AND (
    w.device IS NOT NULL OR coalesce(d.rack, '') = ''
    OR d.rack IN (SELECT rack FROM temp.want_rack) OR w.tenant IS NULL));
INSERT INTO main.channel
SELECT c.* FROM temp.want AS w, source.channel AS c
WHERE w.whole OR (c.corrected_by IS NULL AND c.device IN (SELECT name FROM temp.want_device)
    AND EXISTS (
        SELECT 1 FROM temp.want_device AS d
        JOIN main.series AS s ON s.entity = d.entity AND s.part = c.part WHERE d.name = c.device
    )
    AND (w.device IS NOT NULL OR coalesce(c.rack, '') = ''
         OR c.rack IN (SELECT rack FROM temp.want_rack)));
UPDATE main.rack SET valid_to = (SELECT to_ts FROM temp.row_span AS s
    WHERE s.source = 'rack' AND s.key = rack.key AND s.id = rack.id AND s.to_ts < 9223372036854775807)
WHERE NOT (SELECT whole FROM temp.want);
UPDATE main.device SET valid_to = (SELECT to_ts FROM temp.row_span AS s
    WHERE s.source = 'device' AND s.key = device.key AND s.id = device.id
      AND s.to_ts < 9223372036854775807)
WHERE NOT (SELECT whole FROM temp.want);
UPDATE main.channel SET valid_to = (SELECT to_ts FROM temp.row_span AS s
    WHERE s.source = 'channel' AND s.key = channel.key AND s.id = channel.id
      AND s.to_ts < 9223372036854775807)
WHERE NOT (SELECT whole FROM temp.want);
INSERT INTO main.circuit
SELECT c.* FROM temp.want AS w, source.circuit AS c
WHERE w.whole OR (c.corrected_by IS NULL AND c.key IN (SELECT circuit FROM temp.keep_circuit));
INSERT INTO main.cord
SELECT c.* FROM temp.want AS w, source.cord AS c
WHERE w.whole OR (c.corrected_by IS NULL AND c.rack IN (SELECT rack FROM temp.want_rack)
    AND (w.tenant IS NULL OR c.tenant = w.tenant));
INSERT INTO main.budget
SELECT b.* FROM temp.want AS w, source.budget AS b
WHERE w.whole OR (b.corrected_by IS NULL AND (
    (b.scope = 'rack' AND b.scope_id IN (SELECT rack FROM temp.want_rack))
    OR (b.scope = 'circuit' AND b.scope_id IN (SELECT circuit FROM temp.want_circuit))
    OR (b.scope = 'tenant' AND b.scope_id = w.tenant) OR (b.scope = 'hall' AND b.scope_id = w.hall)));
INSERT INTO main.log
SELECT l.* FROM temp.want AS w, source.log AS l
WHERE w.whole OR (l.corrected_by IS NULL AND l.from_ts < w.to_ts
    AND (l.to_ts IS NULL OR l.to_ts > w.from_ts) AND (
        (l.scope = 'rack' AND EXISTS (
            SELECT 1 FROM temp.want_rack AS r WHERE r.rack = l.scope_id
              AND r.from_ts < coalesce(l.to_ts, w.to_ts) AND r.to_ts > l.from_ts))
        OR (l.scope = 'device' AND EXISTS (
            SELECT 1 FROM temp.want_device AS d
            JOIN main.series AS s ON s.entity = d.entity
            JOIN temp.want_series AS x ON x.series = s.id
            WHERE d.name = l.scope_id
              AND x.from_ts < coalesce(l.to_ts, w.to_ts) AND x.to_ts > l.from_ts))
        OR (l.scope = 'channel' AND l.scope_id IN (SELECT key FROM main.channel))
        OR (l.scope = 'circuit' AND l.scope_id IN (SELECT circuit FROM temp.keep_circuit))
        OR (l.scope = 'tenant' AND l.scope_id = w.tenant)
        OR (l.scope = 'hall' AND l.scope_id = w.hall)));
INSERT INTO main.fact SELECT t.* FROM temp.want AS w JOIN source.fact AS t ON w.whole;
INSERT INTO main.tariff SELECT t.* FROM temp.want AS w JOIN source.tariff AS t ON w.whole;

UPDATE main.circuit SET fed_by = '', note = '' WHERE (SELECT tenant FROM temp.want) IS NOT NULL;
UPDATE main.device SET endpoint = '', note = '' WHERE (SELECT tenant FROM temp.want) IS NOT NULL;
UPDATE main.log SET who = '', ref = '', note = CASE scope WHEN 'circuit' THEN '' ELSE note END
WHERE (SELECT tenant FROM temp.want) IS NOT NULL
