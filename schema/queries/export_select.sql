-- SPDX-License-Identifier: Apache-2.0
-- Which points are taken, and for which time: a rack may have been another tenant's before, a device
-- may have stood in another rack, a part of a device may stand elsewhere (channels).

-- Until a row without an end is followed by another of its key.
INSERT INTO temp.row_span
SELECT x.source, x.id, x.key, x.valid_from,
    min(coalesce(x.valid_to, 9223372036854775807),
        coalesce(lead(x.valid_from) OVER (PARTITION BY x.source, x.key ORDER BY x.valid_from, x.id),
                 9223372036854775807))
FROM (
    SELECT 'rack' AS source, id, key, valid_from, valid_to FROM source.rack
    WHERE corrected_by IS NULL
    UNION ALL SELECT 'device', id, key, valid_from, valid_to FROM source.device
    WHERE corrected_by IS NULL
    UNION ALL SELECT 'channel', id, key, valid_from, valid_to FROM source.channel
    WHERE corrected_by IS NULL
) AS x;
CREATE INDEX temp.row_span_key ON row_span (source, key);

INSERT INTO temp.want_rack
SELECT r.key, r.id, max(s.from_ts, w.from_ts), min(s.to_ts, w.to_ts)
FROM temp.want AS w
JOIN temp.row_span AS s ON s.source = 'rack' AND s.from_ts < w.to_ts AND s.to_ts > w.from_ts
JOIN source.rack AS r ON r.id = s.id
WHERE w.whole = 0 AND w.device IS NULL
  AND (w.tenant IS NULL OR r.tenant = w.tenant)
  AND (w.hall IS NULL OR r.hall = w.hall)
  AND (w.rack IS NULL OR r.key = w.rack);
CREATE INDEX temp.want_rack_rack ON want_rack (rack);

-- Feeds that serve the wanted racks and nobody else's; in a hall all its circuits.
INSERT INTO temp.feed
SELECT r.key, j.value, s.from_ts, s.to_ts
FROM temp.want AS w
JOIN temp.row_span AS s ON w.whole = 0 AND s.source = 'rack' AND s.from_ts < w.to_ts
    AND s.to_ts > w.from_ts
JOIN source.rack AS r ON r.id = s.id
CROSS JOIN json_each('["' || replace(replace(replace(coalesce(r.feeds, ''), '\', '\\'), '"', '\"'),
                                     ' ', '","') || '"]') AS j
WHERE j.value <> '';
CREATE INDEX temp.feed_circuit ON feed (circuit);
INSERT INTO temp.want_circuit
SELECT f.circuit, max(f.from_ts, w.from_ts), min(f.to_ts, w.to_ts)
FROM temp.want_rack AS w
JOIN temp.feed AS f ON f.rack = w.rack AND f.from_ts < w.to_ts AND f.to_ts > w.from_ts
WHERE NOT EXISTS (
    SELECT 1 FROM temp.feed AS o
    WHERE o.circuit = f.circuit AND o.rack <> f.rack
      AND o.from_ts < min(f.to_ts, w.to_ts) AND o.to_ts > max(f.from_ts, w.from_ts)
      AND NOT EXISTS (
        SELECT 1 FROM temp.want_rack AS v
        WHERE v.rack = o.rack
          AND v.from_ts <= max(o.from_ts, f.from_ts, w.from_ts)
          AND v.to_ts >= min(o.to_ts, f.to_ts, w.to_ts)
      )
  )
UNION
SELECT c.key, w.from_ts, w.to_ts FROM temp.want AS w
JOIN source.circuit AS c ON c.hall = w.hall AND c.corrected_by IS NULL;
CREATE INDEX temp.want_circuit_circuit ON want_circuit (circuit);

-- Parts of devices that may have stood there at some time, piece by piece.
INSERT INTO temp.place
WITH candidate (series, device, part) AS (
    SELECT s.id, e.name, s.part FROM source.entity AS e
    JOIN source.series AS s ON s.entity = e.id
    WHERE e.kind = 'device' AND (
        e.name IN (
            SELECT key FROM source.device
            WHERE rack IN (SELECT rack FROM temp.want_rack)
               OR circuit IN (SELECT circuit FROM temp.want_circuit)
        ) OR e.name || '/' || s.part IN (
            SELECT key FROM source.channel
            WHERE rack IN (SELECT rack FROM temp.want_rack)
               OR circuit IN (SELECT circuit FROM temp.want_circuit)
        )
    )
),
edge (series, device, part, at) AS (
    SELECT c.series, c.device, c.part, w.from_ts FROM temp.want AS w, candidate AS c
    UNION
    SELECT c.series, c.device, c.part, s.from_ts FROM temp.want AS w, candidate AS c
    JOIN temp.row_span AS s ON (s.source = 'device' AND s.key = c.device)
        OR (s.source = 'channel' AND s.key = c.device || '/' || c.part)
    WHERE s.from_ts > w.from_ts AND s.from_ts < w.to_ts
    UNION
    SELECT c.series, c.device, c.part, s.to_ts FROM temp.want AS w, candidate AS c
    JOIN temp.row_span AS s ON (s.source = 'device' AND s.key = c.device)
        OR (s.source = 'channel' AND s.key = c.device || '/' || c.part)
    WHERE s.to_ts > w.from_ts AND s.to_ts < w.to_ts
),
piece AS (
    SELECT e.series, e.device, e.part, e.at,
        lead(e.at, 1, w.to_ts) OVER (PARTITION BY e.series ORDER BY e.at) AS until
    FROM temp.want AS w, edge AS e
),
found AS (
    SELECT p.series, p.at, p.until,
        (SELECT s.id FROM temp.row_span AS s WHERE s.source = 'device' AND s.key = p.device
             AND s.from_ts <= p.at AND s.to_ts > p.at) AS device,
        (SELECT s.id FROM temp.row_span AS s WHERE s.source = 'channel'
             AND s.key = p.device || '/' || p.part AND s.from_ts <= p.at AND s.to_ts > p.at) AS channel
    FROM piece AS p
)
SELECT f.series, f.at, f.until,
    CASE WHEN c.rack <> '' THEN c.rack WHEN c.circuit <> '' THEN '' ELSE coalesce(d.rack, '') END,
    CASE WHEN c.circuit <> '' THEN c.circuit WHEN c.rack <> '' THEN ''
         ELSE coalesce(d.circuit, '') END,
    coalesce(d.rack, '')
FROM found AS f
LEFT JOIN source.device AS d ON d.id = f.device
LEFT JOIN source.channel AS c ON c.id = f.channel;

-- Of a device that stands in somebody else's rack nothing is taken for a tenant.
DELETE FROM temp.place
WHERE (SELECT tenant FROM temp.want) IS NOT NULL
  AND own_rack <> '' AND own_rack NOT IN (SELECT rack FROM temp.want_rack);

INSERT INTO temp.want_series
SELECT p.series, max(p.from_ts, w.from_ts), min(p.to_ts, w.to_ts) FROM temp.place AS p
JOIN temp.want_rack AS w ON w.rack = p.rack AND w.from_ts < p.to_ts AND w.to_ts > p.from_ts
UNION
SELECT p.series, max(p.from_ts, w.from_ts), min(p.to_ts, w.to_ts) FROM temp.place AS p
JOIN temp.want_circuit AS w ON w.circuit = p.circuit AND w.from_ts < p.to_ts AND w.to_ts > p.from_ts
WHERE p.rack = ''
UNION
SELECT s.id, w.from_ts, w.to_ts FROM temp.want_rack AS w
JOIN source.entity AS e ON e.kind = 'rack' AND e.name = w.rack
JOIN source.series AS s ON s.entity = e.id
UNION
SELECT s.id, w.from_ts, w.to_ts FROM temp.want_circuit AS w
JOIN source.entity AS e ON e.kind = 'circuit' AND e.name = w.circuit
JOIN source.series AS s ON s.entity = e.id
UNION
SELECT s.id, w.from_ts, w.to_ts FROM temp.want AS w
JOIN source.entity AS e ON w.whole OR (e.kind = 'device' AND e.name = w.device)
    OR (e.kind = 'hall' AND e.name = w.hall) OR (e.kind = 'tenant' AND e.name = w.tenant)
JOIN source.series AS s ON s.entity = e.id;

INSERT INTO temp.want_point
WITH spans AS (
    SELECT p.id AS point, p.scan, p.slot, w.from_ts, w.to_ts,
        max(w.to_ts) OVER (PARTITION BY p.id ORDER BY w.from_ts, w.to_ts
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM temp.want_series AS w
    -- The point in force, as imports see it: the first one counts from before its time.
    JOIN (
        SELECT id, series, scan, slot,
            row_number() OVER (PARTITION BY series ORDER BY valid_from, id) AS nth, valid_from,
            lead(valid_from) OVER (PARTITION BY series ORDER BY valid_from, id) AS until
        FROM source.point WHERE series IN (SELECT series FROM temp.want_series)
    ) AS p ON p.series = w.series
        AND (p.nth = 1 OR p.valid_from < w.to_ts) AND (p.until IS NULL OR p.until > w.from_ts)
),
islands AS (
    SELECT *, sum(before IS NULL OR from_ts > before)
        OVER (PARTITION BY point ORDER BY from_ts, to_ts) AS island FROM spans
)
SELECT point, scan, slot, min(from_ts), max(to_ts) FROM islands
GROUP BY point, island ORDER BY point, island;
CREATE INDEX temp.want_point_point ON want_point (point);
CREATE INDEX temp.want_point_slot ON want_point (scan, slot);

INSERT INTO temp.want_scan
WITH spans AS (
    SELECT scan, from_ts, to_ts,
        max(to_ts) OVER (PARTITION BY scan ORDER BY from_ts, to_ts
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM temp.want_point
),
islands AS (
    SELECT *, sum(before IS NULL OR from_ts > before)
        OVER (PARTITION BY scan ORDER BY from_ts, to_ts) AS island FROM spans
)
SELECT scan, min(from_ts), max(to_ts) FROM islands GROUP BY scan, island;

INSERT INTO temp.want_device
SELECT DISTINCT e.id, e.name FROM temp.want_series AS w
JOIN source.series AS s ON s.id = w.series
JOIN source.entity AS e ON e.id = s.entity AND e.kind = 'device';

-- Circuits that are told of: those above, the racks' feeds, where the devices are; and what feeds
-- them, which is no tenant's business.
INSERT OR IGNORE INTO temp.keep_circuit
WITH RECURSIVE kept (circuit) AS (
    SELECT circuit FROM temp.want_circuit
    UNION SELECT f.circuit FROM temp.feed AS f JOIN temp.want_rack AS r ON r.rack = f.rack
    UNION SELECT d.circuit FROM source.device AS d JOIN temp.want_device AS w ON w.name = d.key
    WHERE d.circuit <> '' AND (SELECT tenant FROM temp.want) IS NULL
    UNION
    SELECT j.value FROM kept AS k
    JOIN source.circuit AS c ON c.key = k.circuit
    CROSS JOIN json_each('["' || replace(replace(replace(replace(coalesce(c.fed_by, ''), '\', '\\'),
        '"', '\"'), '+', '","'), '>', '","') || '"]') AS j
    WHERE j.value <> '' AND (SELECT tenant FROM temp.want) IS NULL
)
SELECT circuit, '' FROM kept
