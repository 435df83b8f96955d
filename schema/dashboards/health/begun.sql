-- SPDX-License-Identifier: Apache-2.0
-- Stretches of absence that began, by cause and interval of the chart (a minute at least): a bar is a
-- moment when something stopped answering.
SELECT
    from_ts / max($__interval_ms / 1000, 60) * max($__interval_ms / 1000, 60) AS time,
    cause || '' AS metric,
    CAST(count(*) AS REAL) AS value
FROM v_gap
WHERE from_ts BETWEEN $__from / 1000 AND $__to / 1000
GROUP BY 1, 2
ORDER BY 1, 2
