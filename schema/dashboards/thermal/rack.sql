-- SPDX-License-Identifier: Apache-2.0
-- All placed sensors of a quantity in one rack over time; corrected as channels.csv says. A row of NULL
-- behind each hole.
WITH placed AS MATERIALIZED (
    SELECT
        device, part, rack || ' ' || position || ' (' || device || '/' || part || ')' AS metric, factor,
        offset
    FROM v_sensor
    WHERE quantity = '{quantity}' AND rack = ${rack:sqlstring}
),
seen AS MATERIALIZED (
    SELECT ts, entity, part, value, step_s
    FROM v_curve
    WHERE entity_kind = 'device' AND entity IN (${sensor_device:sqlstring}) AND quantity = '{quantity}'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
),
drawn AS MATERIALIZED (
    SELECT s.ts, p.metric, s.value * p.factor + p.offset AS value, s.step_s
    FROM placed AS p
    CROSS JOIN seen AS s
    WHERE +s.entity = p.device AND +s.part = p.part
)
SELECT ts AS time, metric || '' AS metric, CAST(value AS REAL) AS value FROM drawn
UNION ALL
SELECT ts + step_s, metric || '', NULL
FROM (  -- what is read more seldom than the tier has rows is no hole
    SELECT ts, metric, max(step_s, min(apart) OVER (PARTITION BY metric)) AS step_s, apart
    FROM (
        SELECT ts, metric, step_s, lead(ts) OVER (PARTITION BY metric ORDER BY ts) - ts AS apart
        FROM drawn
    )
)
WHERE apart > step_s * 1.5
ORDER BY 1, 2
