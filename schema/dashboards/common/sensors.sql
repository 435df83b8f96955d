-- SPDX-License-Identifier: Apache-2.0
-- Placed sensors over time, a line for each, corrected as channels.csv says; devices: the variable that
-- names theirs, of hottest the inlets, else what is placed in the rack. A row of NULL behind each hole.
WITH placed AS MATERIALIZED (
    SELECT
        device, part, rack || ' ' || position || ' (' || device || '/' || part || ')' AS metric, factor,
        offset
    FROM v_sensor
    WHERE quantity = '{quantity}' AND device IN (${{devices}:sqlstring})
      AND CASE '{devices}' WHEN 'hottest' THEN place = 'inlet' ELSE rack = ${rack:sqlstring} END
),
seen AS MATERIALIZED (
    SELECT ts, entity, part, value, step_s
    FROM v_curve
    WHERE entity_kind = 'device' AND entity IN (${{devices}:sqlstring}) AND quantity = '{quantity}'
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
