-- SPDX-License-Identifier: Apache-2.0
-- Meters that are in the sum of a rack or hall over time, of those that it has; kind: which, and the
-- variable that names it. A row of NULL behind each hole.
WITH seen AS (
    SELECT
        ts,
        max(CASE quantity WHEN 'members_present' THEN value END) * 100
            / max(CASE quantity WHEN 'members_expected' THEN value END) AS coverage,
        step_s
    FROM v_curve
    WHERE entity_kind = '{kind}' AND entity = ${{kind}:sqlstring} AND part = 'total'
      AND quantity IN ('members_present', 'members_expected')
      AND $__to - $__from >= span_from AND $__to - $__from < span_to
      AND hour BETWEEN $__from / 1000 - 3600 AND $__to / 1000
      AND ts BETWEEN $__from / 1000 AND $__to / 1000
    GROUP BY ts
)
SELECT ts AS time, CAST(coverage AS REAL) AS coverage FROM seen
UNION ALL
SELECT ts + step_s, NULL
FROM (SELECT ts, step_s, lead(ts) OVER (ORDER BY ts) - ts AS apart FROM seen)
WHERE apart > step_s * 1.5
ORDER BY 1
