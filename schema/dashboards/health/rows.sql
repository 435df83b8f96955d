-- SPDX-License-Identifier: Apache-2.0
-- Rows per second handed to the database, rows dropped because the queue to it was full, and commits. A
-- counter that fell, or a hole before an instant, makes a NULL: the collector began anew.
WITH seen AS (
    SELECT ts, quantity, value, step_s
    FROM v_curve
    WHERE entity_kind = 'collector' AND entity = 'rackmeterd' AND part = 'store'
      AND quantity IN ('stored_rows', 'dropped_rows', 'commits')
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
),
steps AS (
    SELECT
        ts, quantity,
        CASE WHEN ts - lag(ts) OVER w <= step_s * 1.5 AND value >= lag(value) OVER w
            THEN (value - lag(value) OVER w) * 1.0 / (ts - lag(ts) OVER w) END AS rate
    FROM seen
    WINDOW w AS (PARTITION BY quantity ORDER BY ts)
)
SELECT
    ts AS time,
    CAST(max(CASE quantity WHEN 'stored_rows' THEN rate END) AS REAL) AS stored,
    CAST(max(CASE quantity WHEN 'dropped_rows' THEN rate END) AS REAL) AS dropped,
    CAST(max(CASE quantity WHEN 'commits' THEN rate END) AS REAL) AS commits
FROM steps
GROUP BY ts
ORDER BY 1
