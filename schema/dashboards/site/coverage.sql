-- SPDX-License-Identifier: Apache-2.0
-- Share of the meters of IT and facility that are in the sums over time; a row of NULLs behind each hole.
WITH seen AS (
    SELECT
        ts,
        max(CASE WHEN part = 'it' AND quantity = 'members_present' THEN value END) * 100
            / max(CASE WHEN part = 'it' AND quantity = 'members_expected' THEN value END) AS it,
        max(CASE WHEN part = 'facility' AND quantity = 'members_present' THEN value END) * 100
            / max(CASE WHEN part = 'facility' AND quantity = 'members_expected' THEN value END)
            AS facility,
        step_s
    FROM v_curve
    WHERE entity_kind = 'site' AND quantity IN ('members_present', 'members_expected')
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
