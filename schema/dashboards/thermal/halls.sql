-- SPDX-License-Identifier: Apache-2.0
-- Each chosen hall now: live racks with an inlet, inlets (mean, greatest), Rack Cooling Index of both
-- sides (100: no inlet beyond what is recommended; each inlet by its own class), the means of supply and
-- return, the rise through the racks (by power over rise, as their common air has it) and the Return
-- Temperature Index: under 100 air bypasses the racks, over it recirculates.
WITH air AS MATERIALIZED (
    SELECT
        s.hall, s.rack, s.place, s.value, s.status, k.recommended_high_c, k.allowable_high_c,
        k.recommended_low_c, k.allowable_low_c
    FROM v_sensor_latest AS s
    LEFT JOIN v_thermal_class AS k ON +k.name = s.thermal_class
    WHERE s.quantity = 'temperature_c' AND s.counted AND s.hall IN (${hall:sqlstring})
      AND (s.status = 'live' OR s.rack IS NULL)
),
rise AS MATERIALIZED (
    SELECT rack, avg(CASE place WHEN 'outlet' THEN value END) - avg(CASE place WHEN 'inlet' THEN value END) AS dt_k
    FROM air
    WHERE rack IS NOT NULL
    GROUP BY rack
),
parts AS (
    SELECT
        hall,
        count(DISTINCT CASE place WHEN 'inlet' THEN rack END) AS racks,
        avg(CASE place WHEN 'inlet' THEN value END) AS mean_c,
        max(CASE place WHEN 'inlet' THEN value END) AS max_c,
        100 * (1 - avg(CASE place WHEN 'inlet' THEN max(0, value - recommended_high_c)
            / (allowable_high_c - recommended_high_c) END)) AS rci_high_pct,
        100 * (1 - avg(CASE place WHEN 'inlet' THEN max(0, recommended_low_c - value)
            / (recommended_low_c - allowable_low_c) END)) AS rci_low_pct,
        avg(CASE place WHEN 'supply' THEN value END) AS supply_c,
        avg(CASE place WHEN 'return' THEN value END) AS return_c,
        NULL AS power, NULL AS stream
    FROM air
    GROUP BY hall
    UNION ALL
    SELECT
        l.hall, NULL, NULL, NULL, NULL, NULL, NULL, NULL, sum(l.power_w), sum(l.power_w / r.dt_k)
    FROM rise AS r
    CROSS JOIN (SELECT rack, hall, power_w FROM v_rack_latest WHERE power_w > 0) AS l ON l.rack = r.rack
    WHERE r.dt_k > 0
    GROUP BY l.hall
)
SELECT
    hall || '' AS hall, CAST(max(racks) AS REAL) AS racks, CAST(max(mean_c) AS REAL) AS mean_c,
    CAST(max(max_c) AS REAL) AS max_c, CAST(max(rci_high_pct) AS REAL) AS rci_high_pct,
    CAST(max(rci_low_pct) AS REAL) AS rci_low_pct, CAST(max(supply_c) AS REAL) AS supply_c,
    CAST(max(return_c) AS REAL) AS return_c, CAST(max(power) / max(stream) AS REAL) AS dt_k,
    CAST(100 * (max(return_c) - max(supply_c)) / (max(power) / max(stream)) AS REAL) AS rti_pct
FROM parts
WHERE hall IN (${hall:sqlstring})
GROUP BY hall
ORDER BY hall
