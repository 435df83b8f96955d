-- SPDX-License-Identifier: Apache-2.0
-- Three counters of a part of the collector, per second. A counter that fell, or a hole before an
-- instant, makes a NULL: the collector began anew.
WITH seen AS (
    SELECT ts, quantity, value, step_s
    FROM v_curve
    WHERE entity_kind = 'collector' AND entity = 'rackmeterd' AND part = '{part}'
      AND quantity IN ('{first}', '{second}', '{third}')
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
    CAST(max(CASE quantity WHEN '{first}' THEN rate END) AS REAL) AS {first},
    CAST(max(CASE quantity WHEN '{second}' THEN rate END) AS REAL) AS {second},
    CAST(max(CASE quantity WHEN '{third}' THEN rate END) AS REAL) AS {third}
FROM steps
GROUP BY ts
ORDER BY 1
