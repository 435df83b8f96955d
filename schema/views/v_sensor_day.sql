-- SPDX-License-Identifier: Apache-2.0
-- Temperatures of placed sensors by whole civil days that are over, sensor by sensor, so that many are
-- read at once: mean (value), least and greatest, corrected, and n of expected instants. Give limits of
-- ts. factor and offset are those of the correction, point the stored one, for who reads on.
CREATE VIEW v_sensor_day AS
SELECT
    s.device, s.part, s.place, s.rack, s.hall, s.thermal_class, d.date, d.from_ts AS ts, d.to_ts,
    CAST((r.value * 1.0 / r.f * p.mul / p.div + p.offset) * s.factor + s.offset AS REAL) AS value,
    CAST((r.low * 1.0 * p.mul / p.div + p.offset) * s.factor + s.offset AS REAL) AS min,
    CAST((r.high * 1.0 * p.mul / p.div + p.offset) * s.factor + s.offset AS REAL) AS max,
    r.n, r."full" AS expected, s.factor, s.offset, p.id AS point
FROM v_sensor AS s
CROSS JOIN point AS p ON p.series = s.series
CROSS JOIN civil_day AS d
CROSS JOIN rollup_1d AS r ON r.id = d.day * 4294967296 + p.id
WHERE s.quantity = 'temperature_c' AND +d.d1 = 1;
