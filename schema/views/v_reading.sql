-- SPDX-License-Identifier: Apache-2.0
-- Every stored value. Rows are found by the scan's own grid: for each hour that can hold
-- any, for each instant of the grid in that hour (json_each over an array of that length
-- counts them), one look-up by key. hour is the start of the UTC hour: say it beside ts
-- (hour BETWEEN ts1 - 3600 AND ts2), or every hour since the first is walked through.
CREATE VIEW v_reading AS
WITH RECURSIVE hours (hour) AS (
    SELECT min(slot) / 3600 * 3600 FROM hot
    UNION ALL
    SELECT hour + 3600 FROM hours WHERE hour + 3600 <= (SELECT max(slot) FROM hot)
)
SELECT
    e.kind AS entity_kind,
    e.name AS entity,
    s.part,
    q.name AS quantity,
    q.unit,
    hours.hour + ((g.phase_s - hours.hour) % g.step_s + g.step_s) % g.step_s
        + i.key * g.step_s AS ts,
    CAST(CAST(json_extract(h.v, '$[' || p.slot || ']') AS REAL) * p.mul / p.div + p.offset
         AS REAL) AS value,
    hours.hour AS hour
FROM hours
CROSS JOIN entity AS e
CROSS JOIN series AS s ON s.entity = e.id
CROSS JOIN quantity AS q ON q.id = s.quantity
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN scan_grid AS g ON g.scan = p.scan AND g.valid_from < hours.hour + 3600
CROSS JOIN json_each(
    '[' || substr(replace(hex(zeroblob(
        (3600 - ((g.phase_s - hours.hour) % g.step_s + g.step_s) % g.step_s + g.step_s - 1)
        / g.step_s)), '00', ',0'), 2) || ']'
) AS i
CROSS JOIN hot AS h ON h.scan = p.scan
    AND h.slot = (hours.hour + ((g.phase_s - hours.hour) % g.step_s + g.step_s) % g.step_s
                  + i.key * g.step_s) % (SELECT hot_ring_s FROM store)
WHERE hours.hour IS NOT NULL
  AND h.ts = hours.hour + ((g.phase_s - hours.hour) % g.step_s + g.step_s) % g.step_s
             + i.key * g.step_s
  AND h.ts >= g.valid_from
  AND NOT EXISTS (
    SELECT 1 FROM scan_grid AS n
    WHERE n.scan = g.scan AND n.valid_from > g.valid_from AND n.valid_from <= h.ts
  )
  AND json_extract(h.v, '$[' || p.slot || ']') IS NOT NULL;
