-- SPDX-License-Identifier: Apache-2.0
-- The collector, always three rows. part writer: seconds since its last commit, which come about once a
-- second: stale after 60 s, down after 10 min or when it was stopped, as `rackmeter status` says. part
-- queue: rows dropped since the beginning of the hour before, because the database was too slow. part
-- hours: seconds that the oldest open hour waits beyond its end (late after 15 min): the ring holds
-- three hours. device is the host. No row at all: no collector ever wrote here.
CREATE VIEW alert_collector_behind AS
WITH facts AS MATERIALIZED (
    SELECT
        unixepoch() - coalesce(d.last_commit, d.started) AS age_s, d.stopped, d.started,
        q.dropped,
        (SELECT max(0, unixepoch() - 3600 - min(hour)) FROM open_hour) AS waits_s
    FROM daemon AS d
    CROSS JOIN (
        -- within each hour, and between them; a counter that fell began anew
        SELECT sum(max(h.last - h.first, 0) + coalesce(max(h.first - h.before_it, 0), 0)) AS dropped
        FROM (
            SELECT r.first, r.last, lag(r.last) OVER (ORDER BY r.ts) AS before_it
            FROM v_reading_1h AS r
            WHERE r.entity_kind = 'collector' AND r.entity = 'rackmeterd' AND r.part = 'store'
                AND r.quantity = 'dropped_rows'
                AND r.hour BETWEEN unixepoch() / 3600 * 3600 - 3600 AND unixepoch()
        ) AS h
    ) AS q
),
told AS (
    SELECT 'writer' AS part,
        CASE WHEN stopped IS NOT NULL THEN 'stopped' WHEN age_s > 600 THEN 'down'
            WHEN age_s > 60 THEN 'stale' ELSE 'running' END AS state,
        CASE WHEN stopped IS NOT NULL OR age_s > 600 THEN 2 WHEN age_s > 60 THEN 1 ELSE 0 END AS alarm,
        coalesce(stopped, unixepoch() - age_s) AS since, age_s AS value, 60 AS most, 's' AS unit,
        CASE WHEN stopped IS NOT NULL THEN 'the collector is stopped'
            ELSE printf('the last commit was %d s ago', age_s) END AS text
    FROM facts
    UNION ALL
    SELECT 'queue', CASE WHEN dropped > 0 THEN 'dropping' ELSE 'ok' END, 2 * (coalesce(dropped, 0) > 0),
        NULL, dropped, 0, '1',
        printf('%d rows found the queue to the database full and were dropped', coalesce(dropped, 0))
    FROM facts
    UNION ALL
    SELECT 'hours', CASE WHEN waits_s > 900 THEN 'late' ELSE 'ok' END, 1 * (coalesce(waits_s, 0) > 900),
        NULL, waits_s, 900, 's',
        printf('the oldest open hour waits for %d s to be finished', coalesce(waits_s, 0))
    FROM facts
)
SELECT
    c.hall, c.key AS rack, u.key AS circuit, t.part, d.host AS device, t.state,
    CAST(t.alarm AS REAL) AS alarm, 0 AS planned, t.since, CAST(t.value AS REAL) AS value,
    CAST(t.most AS REAL) AS "limit", t.unit, t.text
FROM daemon AS d
CROSS JOIN told AS t
LEFT JOIN rack AS c ON c.id = 0
LEFT JOIN circuit AS u ON u.id = 0;
