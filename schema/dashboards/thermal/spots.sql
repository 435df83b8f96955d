-- SPDX-License-Identifier: Apache-2.0
-- The 40 live racks of the chosen halls with the warmest inlets now: inlet and outlet (the warmest of
-- each), the rise between their means, and what the class recommends and allows.
WITH air AS MATERIALIZED (
    SELECT
        rack, max(hall) AS hall, max(row) AS row, max(pos) AS pos, max(thermal_class) AS class,
        max(CASE place WHEN 'inlet' THEN value END) AS inlet_c,
        max(CASE place WHEN 'outlet' THEN value END) AS outlet_c,
        avg(CASE place WHEN 'outlet' THEN value END) - avg(CASE place WHEN 'inlet' THEN value END) AS dt_k
    FROM v_sensor_latest
    WHERE place IN ('inlet', 'outlet') AND quantity = 'temperature_c' AND counted AND status = 'live'
      AND hall IN (${hall:sqlstring})
    GROUP BY rack
)
SELECT
    a.rack || '' AS rack, a.hall || '' AS hall, a.row || '' AS row, a.pos || '' AS pos,
    coalesce(a.class, '') || '' AS class,
    CASE WHEN a.inlet_c > k.allowable_high_c THEN 'hot' WHEN a.inlet_c > k.recommended_high_c THEN 'warm'
        WHEN a.inlet_c < k.recommended_low_c THEN 'cold' WHEN k.name IS NULL THEN 'no class' ELSE 'ok' END
        AS state,
    CAST(a.inlet_c AS REAL) AS inlet_c, CAST(k.recommended_high_c AS REAL) AS recommended_c,
    CAST(k.allowable_high_c AS REAL) AS allowable_c, CAST(a.outlet_c AS REAL) AS outlet_c,
    CAST(a.dt_k AS REAL) AS dt_k
FROM air AS a
LEFT JOIN v_thermal_class AS k ON +k.name = a.class
WHERE a.inlet_c IS NOT NULL
ORDER BY a.inlet_c DESC, a.rack
LIMIT 40
