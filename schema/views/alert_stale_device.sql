-- SPDX-License-Identifier: Apache-2.0
-- Devices that do not answer (suspect, dormant). A circuit explains those that hang on it when there
-- are two or more, none of them answers, and they fell silent within 60 s: at it, at what it feeds, and
-- in racks all of whose feeds it feeds; of several the one with most devices, of those the lowest. They
-- are one row then, else each is one (the rule of report/silence.h, which the reports follow). Under
-- announced work alarm is 0; 2: a primary meter is among them. value: how many devices.
CREATE VIEW alert_stale_device AS
WITH RECURSIVE silent AS MATERIALIZED (
    SELECT
        s.device, s.circuit, s.rack, s.since, s.state, s.cause, s.planned,
        CASE WHEN d.use <> '' THEN d.use = 'primary' ELSE coalesce(d.role, '') <> '' END AS counts
    FROM device_state AS t
    CROSS JOIN entity AS e ON e.id = t.entity AND e.kind = 'device'
    CROSS JOIN v_device_state AS s ON s.device = e.name
    CROSS JOIN v_device AS d ON d.name = e.name
    WHERE t.state IN ('suspect', 'dormant')
),
-- what answers, by where it hangs; asked for only when something does not
answers(circuit, rack) AS MATERIALIZED (
    SELECT DISTINCT coalesce(d.circuit, ''), CASE WHEN d.circuit <> '' THEN '' ELSE d.rack END
    FROM v_device AS d
    WHERE d.name NOT IN (SELECT device FROM silent) AND EXISTS (SELECT 1 FROM silent)
),
-- a device hangs on its circuit, else on each feed of its rack, and on whatever feeds those
climb(device, since, cause, planned, counts, feed, feeds, circuit, step) AS (
    SELECT device, since, cause, planned, counts, circuit, 1, circuit, 0 FROM silent WHERE circuit <> ''
    UNION
    SELECT
        s.device, s.since, s.cause, s.planned, s.counts, f.value, json_array_length(r.list), f.value, 0
    FROM silent AS s
    CROSS JOIN (
        SELECT name, '["' || replace(trim(feeds), ' ', '","') || '"]' AS list FROM v_rack
        WHERE feeds <> ''
    ) AS r ON r.name = s.rack
    CROSS JOIN json_each(r.list) AS f
    WHERE coalesce(s.circuit, '') = ''
    UNION
    SELECT
        c.device, c.since, c.cause, c.planned, c.counts, c.feed, c.feeds, u.value, c.step + 1
    FROM climb AS c
    CROSS JOIN v_circuit AS p ON p.name = c.circuit
    CROSS JOIN json_each('["' || replace(replace(p.fed_by, '>', '","'), '+', '","') || '"]') AS u
    WHERE p.fed_by <> ''
),
hangs AS (
    SELECT device, since, cause, planned, counts, circuit, min(step) AS step
    FROM climb
    GROUP BY device, circuit
    HAVING count(DISTINCT feed) = max(feeds)
),
alive(circuit) AS (
    SELECT circuit FROM answers WHERE circuit <> ''
    UNION
    SELECT u.value
    FROM alive AS c
    CROSS JOIN v_circuit AS p ON p.name = c.circuit
    CROSS JOIN json_each('["' || replace(replace(p.fed_by, '>', '","'), '+', '","') || '"]') AS u
    WHERE p.fed_by <> ''
),
alive_rack(rack, feed, feeds, circuit) AS (
    SELECT a.rack, f.value, json_array_length(r.list), f.value
    FROM answers AS a
    CROSS JOIN (
        SELECT name, '["' || replace(trim(feeds), ' ', '","') || '"]' AS list FROM v_rack
        WHERE feeds <> ''
    ) AS r ON r.name = a.rack
    CROSS JOIN json_each(r.list) AS f
    WHERE a.rack <> ''
    UNION
    SELECT c.rack, c.feed, c.feeds, u.value
    FROM alive_rack AS c
    CROSS JOIN v_circuit AS p ON p.name = c.circuit
    CROSS JOIN json_each('["' || replace(replace(p.fed_by, '>', '","'), '+', '","') || '"]') AS u
    WHERE p.fed_by <> ''
),
because AS MATERIALIZED (  -- the circuit of each device that has one
    SELECT *
    FROM (
        SELECT *, row_number() OVER (PARTITION BY device ORDER BY n DESC, step, circuit) AS k
        FROM (
            SELECT *, count(*) OVER w AS n, min(since) OVER w AS first, max(since) OVER w AS last
            FROM hangs
            WHERE circuit NOT IN (SELECT circuit FROM alive)
                AND circuit NOT IN (
                    SELECT circuit FROM alive_rack
                    GROUP BY rack, circuit HAVING count(DISTINCT feed) = max(feeds))
            WINDOW w AS (PARTITION BY circuit)
        )
        WHERE n >= 2 AND last - first <= 60
    )
    WHERE k = 1
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
    FROM because
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
FROM silent AS x
CROSS JOIN v_device AS d ON d.name = x.device
LEFT JOIN rack AS r ON r.id = (SELECT id FROM v_rack WHERE name = d.rack)
LEFT JOIN channel AS n ON n.id = 0
WHERE x.device NOT IN (SELECT device FROM because);
