-- SPDX-License-Identifier: Apache-2.0
-- What the file holds, one row: the site, its first and newest instant, and from which hour on samples,
-- 5-minute and hourly rows are still there (days are kept for ever). The collector that writes it:
-- version, started, stopped (NULL: it runs, or was killed), last_commit. NULL: nothing yet.
CREATE VIEW v_store AS
SELECT
    (SELECT value FROM v_setting WHERE name = 'site') AS site,
    (SELECT value FROM v_setting WHERE name = 'zone') AS zone,
    coalesce((SELECT first_ts FROM period WHERE first_ts IS NOT NULL ORDER BY hour LIMIT 1),
        (SELECT min(hour) FROM open_hour)) AS first_ts,
    d.last_ts,
    coalesce((SELECT hour FROM period WHERE raw = 1 ORDER BY hour LIMIT 1),
        (SELECT min(hour) FROM open_hour)) AS raw_from,
    coalesce((SELECT hour FROM period WHERE r5 = 1 ORDER BY hour LIMIT 1),
        (SELECT min(hour) FROM open_hour)) AS five_from,
    coalesce((SELECT hour FROM period WHERE h1 = 1 ORDER BY hour LIMIT 1),
        (SELECT min(hour) FROM open_hour)) AS hour_from,
    d.version, d.host, d.started, d.stopped, d.last_commit
FROM (SELECT 1)
LEFT JOIN daemon AS d ON d.id = 1;
