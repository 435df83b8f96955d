-- SPDX-License-Identifier: Apache-2.0
-- What the collector stores of its polls of one device, over time; a row of NULL behind each hole.
WITH seen AS (
    SELECT ts, value, step_s
    FROM v_curve
    WHERE entity_kind = 'device' AND entity = ${device:sqlstring} AND part = 'collector'
      AND quantity = '{quantity}'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
)
SELECT ts AS time, CAST(value AS REAL) AS {quantity} FROM seen
UNION ALL
SELECT ts + step_s, NULL
FROM (  -- intervals.health may be longer than the tier's rows
    SELECT ts, max(step_s, min(apart) OVER ()) AS step_s, apart
    FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
)
WHERE apart > step_s * 1.5
ORDER BY 1
