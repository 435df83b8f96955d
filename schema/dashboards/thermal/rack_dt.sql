-- SPDX-License-Identifier: Apache-2.0
-- Rise of the air through one rack over time: mean of its outlets less mean of its inlets, where all of
-- them have a value; a row of NULL behind each hole.
WITH placed AS MATERIALIZED (
    SELECT device, part, place, factor, offset
    FROM v_sensor
    WHERE quantity = 'temperature_c' AND rack = ${rack:sqlstring} AND place IN ('inlet', 'outlet')
),
seen AS MATERIALIZED (
    SELECT ts, entity, part, value, step_s
    FROM v_curve
    WHERE entity_kind = 'device' AND entity IN (${sensor_device:sqlstring}) AND quantity = 'temperature_c'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
),
drawn AS MATERIALIZED (
    SELECT
        s.ts / 300 * 300 AS ts, max(max(s.step_s), 300) AS step_s,
        avg(CASE p.place WHEN 'outlet' THEN s.value * p.factor + p.offset END)
            - avg(CASE p.place WHEN 'inlet' THEN s.value * p.factor + p.offset END) AS dt_k
    FROM placed AS p
    CROSS JOIN seen AS s
    WHERE +s.entity = p.device AND +s.part = p.part
    GROUP BY s.ts / 300
    HAVING count(DISTINCT p.device || '/' || p.part) = (SELECT count(*) FROM placed)
)
SELECT ts AS time, CAST(dt_k AS REAL) AS dt_k FROM drawn WHERE dt_k IS NOT NULL
UNION ALL
SELECT ts + step_s, NULL
FROM (
    SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM drawn WHERE dt_k IS NOT NULL
)
WHERE apart > step_s * 1.5
ORDER BY 1
