-- SPDX-License-Identifier: Apache-2.0
-- How far the poll loop was behind its timers (ms, the worst of the interval up to an hour, else of the
-- hour or day), and how many rows waited for the database at most; a row of NULLs behind each hole.
WITH seen AS (
    SELECT
        ts, max(CASE quantity WHEN 'loop_lag_ms' THEN coalesce(max, value) END) AS lag,
        max(CASE quantity WHEN 'queued_rows' THEN coalesce(max, value) END) AS queued,
        step_s
    FROM v_curve
    WHERE entity_kind = 'collector' AND entity = 'rackmeterd'
      AND quantity IN ('loop_lag_ms', 'queued_rows')
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY ts
)
SELECT ts AS time, CAST(lag AS REAL) AS lag, CAST(queued AS REAL) AS queued FROM seen
UNION ALL
SELECT ts + step_s, NULL, NULL
FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
WHERE apart > step_s * 1.5
ORDER BY 1
