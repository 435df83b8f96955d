-- SPDX-License-Identifier: Apache-2.0
-- One row: the warmest and the coldest inlet of the chosen halls now, racks above what their class
-- recommends and allows, the share of live racks with an inlet that can be believed, and placed sensors
-- that have no such reading.
WITH inlets AS MATERIALIZED (
    SELECT rack, max(value) AS most, min(value) AS least
    FROM v_sensor_latest
    WHERE place = 'inlet' AND quantity = 'temperature_c' AND counted AND status = 'live'
      AND hall IN (${hall:sqlstring})
    GROUP BY rack
),
hot AS MATERIALIZED (
    SELECT sum(state = 'warm') AS warm, sum(state = 'hot') AS hot
    FROM alert_hot_inlet WHERE hall IN (${hall:sqlstring})
),
racks AS MATERIALIZED (
    SELECT count(*) AS n FROM v_rack WHERE status = 'live' AND hall IN (${hall:sqlstring})
),
sensors AS MATERIALIZED (
    SELECT count(*) AS n FROM v_sensor WHERE quantity = 'temperature_c' AND hall IN (${hall:sqlstring})
),
read AS MATERIALIZED (
    SELECT count(*) AS n FROM v_sensor_latest
    WHERE quantity = 'temperature_c' AND counted AND hall IN (${hall:sqlstring})
)
SELECT
    CAST(max(i.most) AS REAL) AS hottest_c, CAST(min(i.least) AS REAL) AS coldest_c,
    CAST(coalesce(max(h.hot), 0) AS REAL) AS hot, CAST(coalesce(max(h.warm), 0) AS REAL) AS warm,
    CAST(100.0 * count(i.rack) / nullif(max(r.n), 0) AS REAL) AS known_pct,
    CAST(max(s.n) - max(d.n) AS REAL) AS silent
FROM racks AS r
CROSS JOIN hot AS h
CROSS JOIN sensors AS s
CROSS JOIN read AS d
LEFT JOIN inlets AS i ON 1
