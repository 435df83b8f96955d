-- SPDX-License-Identifier: Apache-2.0
-- How much is known of :from to :to.
SELECT
    (SELECT last_ts FROM daemon) AS last_ts,
    (SELECT coalesce(max(id), 0) FROM event WHERE kind = 'import') AS import,
    (SELECT coalesce(max(id), 0) FROM config_load WHERE ok = 1) AS load,
    coalesce(sum(samples), 0) AS samples,
    (SELECT count(*) FROM open_hour WHERE hour > :from - 3600 AND hour < :to) AS open_hours,
    coalesce(sum(raw), 0) AS raw_hours
FROM period WHERE hour > :from - 3600 AND hour < :to
