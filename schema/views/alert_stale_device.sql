-- SPDX-License-Identifier: Apache-2.0
-- Devices that do not answer (suspect, dormant). A circuit explains those that hang on it when there
-- are two or more, none of them answers, and they fell silent within 60 s: at it, at what it feeds, and
-- in racks all of whose feeds it feeds; of several the one with most devices, of those the lowest. They
-- are one row then, else each is one (the rule of report/silence.h, which the reports follow). Under
-- announced work alarm is 0; 2: a primary meter is among them. value: how many devices.
--
-- Whatever stands in WITH is expanded once more for each time it is named, with the views in it, so each
-- is named as seldom as can be: that is most of what this view costs.
CREATE VIEW alert_stale_device AS
WITH RECURSIVE silent AS (
    SELECT
        s.device, s.rack, s.since, s.state, s.cause, s.planned,
        CASE WHEN d.use <> '' THEN d.use = 'primary' ELSE coalesce(d.role, '') <> '' END AS counts,
        -- the circuits it hangs on: its own, else all feeds of its rack
        CASE WHEN d.circuit <> '' THEN json_array(d.circuit) ELSE coalesce((
            SELECT '["' || replace(trim(r.feeds), ' ', '","') || '"]' FROM v_rack AS r
            WHERE r.name = d.rack AND r.feeds <> ''
        ), '[]') END AS feeds
    FROM device_state AS t
    CROSS JOIN entity AS e ON e.id = t.entity AND e.kind = 'device'
    CROSS JOIN v_device_state AS s ON s.device = e.name
    CROSS JOIN v_device AS d ON d.name = e.name
    WHERE t.state IN ('suspect', 'dormant')
),
-- each with whatever feeds it; and the device by itself, without a circuit
climb(device, rack, since, state, cause, planned, counts, feed, feeds, circuit, step) AS (
    SELECT
        s.device, s.rack, s.since, s.state, s.cause, s.planned, s.counts, f.value,
        json_array_length(s.feeds), f.value, 0
    FROM silent AS s
    CROSS JOIN json_each(json_insert(s.feeds, '$[#]', '')) AS f
    UNION
    SELECT
        c.device, c.rack, c.since, c.state, c.cause, c.planned, c.counts, c.feed, c.feeds, u.value,
        c.step + 1
    FROM climb AS c
    CROSS JOIN v_circuit AS p ON p.name = c.circuit
    CROSS JOIN json_each('["' || replace(replace(p.fed_by, '>', '","'), '+', '","') || '"]') AS u
    WHERE p.fed_by <> ''
),
-- the same of what answers; of devices with a circuit of their own only the circuits are of use
alive(rack, feed, feeds, circuit) AS (
    SELECT
        a.rack, CASE a.rack WHEN '' THEN '' ELSE f.value END,
        CASE a.rack WHEN '' THEN 0 ELSE json_array_length(a.feeds) END, f.value
    FROM (
        SELECT DISTINCT
            CASE WHEN d.circuit <> '' THEN '' ELSE d.rack END AS rack,
            CASE WHEN d.circuit <> '' THEN json_array(d.circuit) ELSE coalesce((
                SELECT '["' || replace(trim(r.feeds), ' ', '","') || '"]' FROM v_rack AS r
                WHERE r.name = d.rack AND r.feeds <> ''
            ), '[]') END AS feeds
        FROM v_device AS d
        WHERE EXISTS (SELECT 1 FROM device_state WHERE state IN ('suspect', 'dormant'))
          AND d.name NOT IN (
            SELECT e.name FROM device_state AS t JOIN entity AS e ON e.id = t.entity
            WHERE t.state IN ('suspect', 'dormant'))
    ) AS a
    CROSS JOIN json_each(a.feeds) AS f
    UNION
    SELECT c.rack, c.feed, c.feeds, u.value
    FROM alive AS c
    CROSS JOIN v_circuit AS p ON p.name = c.circuit
    CROSS JOIN json_each('["' || replace(replace(p.fed_by, '>', '","'), '+', '","') || '"]') AS u
    WHERE p.fed_by <> ''
),
told AS MATERIALIZED (  -- the circuit of each device, '' where none explains it
    SELECT
        device, rack, since, state, cause, planned, counts, circuit, n, first, last,
        row_number() OVER (PARTITION BY device ORDER BY circuit = '', n DESC, step, circuit) AS k
    FROM (
        SELECT *, count(*) OVER w AS n, min(since) OVER w AS first, max(since) OVER w AS last
        FROM (
            SELECT
                device, rack, since, state, cause, planned, counts, circuit, min(step) AS step
            FROM climb
            GROUP BY device, circuit
            HAVING circuit = '' OR count(DISTINCT feed) = max(feeds)
        )
        WHERE circuit NOT IN (
            SELECT circuit FROM alive
            GROUP BY rack, circuit HAVING count(DISTINCT feed) >= max(feeds))
        WINDOW w AS (PARTITION BY circuit)
    )
    WHERE circuit = '' OR (n >= 2 AND last - first <= 60)
)
SELECT
    c.hall, r.key AS rack, c.key AS circuit, n.part, d.key AS device, o.state, o.alarm, o.planned,
    o.since, o.value, NULL AS "limit", '1' AS unit, o.text
FROM (
    SELECT
        circuit, 'silent' AS state, min(planned) AS planned,
        CAST(CASE WHEN min(planned) THEN 0 ELSE 1 + max(counts AND NOT planned) END AS REAL) AS alarm,
        min(first) AS since, CAST(n AS REAL) AS value,
        printf('circuit %s: all %d devices on it fell silent within %d s: %s', circuit, n,
            max(last - first, 1), coalesce(cause, '-')) AS text
    FROM told
    WHERE k = 1 AND circuit <> ''
    GROUP BY circuit
) AS o
CROSS JOIN v_circuit AS c ON c.name = o.circuit
LEFT JOIN rack AS r ON r.id = 0
LEFT JOIN channel AS n ON n.id = 0
LEFT JOIN device AS d ON d.id = 0
UNION ALL
SELECT
    r.hall, d.rack, d.circuit, n.part, d.key, x.state,
    CAST(CASE WHEN x.planned THEN 0 ELSE 1 + x.counts END AS REAL),
    x.planned, x.since, 1.0, NULL, '1',
    printf('device %s does not answer (%s): %s', d.key, CASE WHEN d.rack <> '' THEN 'rack ' || d.rack
        WHEN d.circuit <> '' THEN 'circuit ' || d.circuit ELSE 'no rack' END, coalesce(x.cause, '-'))
FROM told AS x
CROSS JOIN v_device AS d ON d.name = x.device
LEFT JOIN rack AS r ON r.id = (SELECT id FROM v_rack WHERE name = d.rack)
LEFT JOIN channel AS n ON n.id = 0
WHERE x.k = 1 AND x.circuit = '';
