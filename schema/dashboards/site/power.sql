-- SPDX-License-Identifier: Apache-2.0
-- IT and facility power of the site over time; a row of NULLs behind each hole.
WITH seen AS (
    SELECT
        ts,
        max(CASE part WHEN 'it' THEN value END) AS it,
        max(CASE part WHEN 'facility' THEN value END) AS facility,
        step_s
    FROM v_curve
    WHERE entity_kind = 'site' AND quantity = 'power_w'
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY ts
)
SELECT ts AS time, CAST(it AS REAL) AS it, CAST(facility AS REAL) AS facility FROM seen
UNION ALL
SELECT ts + step_s, NULL, NULL
FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
WHERE apart > step_s * 1.5
ORDER BY 1
