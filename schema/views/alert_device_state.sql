-- SPDX-License-Identifier: Apache-2.0
-- Devices in force that say now that something is wrong with them: one row a device, whatever many
-- of its states and alarm bits; state is the worst of them, value how many, since when the first of
-- those began, text names three, says is text without the device. What a device said before it fell
-- silent lasts. Under announced work alarm is 0; 2: one is critical.
CREATE VIEW alert_device_state AS
SELECT
    r.hall, d.rack, d.circuit, n.part, d.key AS device,
    CASE o.worst WHEN 2 THEN 'critical' ELSE 'warning' END AS state,
    CAST(CASE WHEN s.planned THEN 0 ELSE o.worst END AS REAL) AS alarm,
    s.planned, o.since, CAST(o.n AS REAL) AS value, NULL AS "limit", '1' AS unit,
    printf('device %s: %s%s', o.device, o.says, s.silence) AS text, o.says || s.silence AS says
FROM (
    SELECT
        device, 1 + max(severity = 'critical') AS worst, count(*) AS n, min(from_ts) AS since,
        group_concat(CASE WHEN k <= 3 THEN printf('%s %s (%s)', part,
            coalesce(name, quantity || ' ' || state), severity) END, ', ')
            || CASE WHEN count(*) > 3 THEN printf(' and %d more', count(*) - 3) ELSE '' END AS says
    FROM (
        SELECT *, row_number() OVER (
            PARTITION BY device ORDER BY severity = 'critical' DESC, from_ts, part, state) AS k
        FROM v_alarm WHERE to_ts IS NULL
    )
    GROUP BY device
) AS o
CROSS JOIN (
    SELECT
        device, planned,
        CASE WHEN state IN ('suspect', 'dormant') THEN '; it does not answer now' ELSE '' END
            AS silence
    FROM v_device_state
) AS s ON s.device = o.device
CROSS JOIN v_device AS d ON d.name = o.device
LEFT JOIN rack AS r ON r.id = (SELECT id FROM v_rack WHERE name = d.rack)
LEFT JOIN channel AS n ON n.id = 0;
