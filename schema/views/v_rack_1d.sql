-- SPDX-License-Identifier: Apache-2.0
-- The power of racks by whole civil days of the site's zone that are over, rack by rack, so that many
-- racks over a month are read at once: mean (value) and highest sum of the day (max), n of expected
-- instants, and meters: the share of the rack's meters that were in it (a mean; less than 1: value is too
-- small). energy_wh is what was measured: value by the time of n. Running hours and the running
-- day: v_reading_1h, v_reading_1d. Give limits of ts.
CREATE VIEW v_rack_1d AS
SELECT
    e.name AS rack, d.date, d.from_ts AS ts, d.to_ts,
    CAST(r.value * 1.0 / r.f * p.mul / p.div + p.offset AS REAL) AS value,
    CAST(r.high * 1.0 * p.mul / p.div + p.offset AS REAL) AS max,
    r.n, r."full" AS expected,
    CAST((h.value * 1.0 / h.f * ph.mul / ph.div + ph.offset)
        / (w.value * 1.0 / w.f * pw.mul / pw.div + pw.offset)
        AS REAL) AS meters,
    CAST((r.value * 1.0 / r.f * p.mul / p.div + p.offset) * (d.to_ts - d.from_ts) / 3600.0 * r.n / r."full"
        AS REAL) AS energy_wh
FROM entity AS e
CROSS JOIN series AS s ON s.entity = e.id AND s.part = 'total'
    AND s.quantity = (SELECT id FROM quantity WHERE name = 'power_w')
CROSS JOIN series AS sh ON sh.entity = e.id AND sh.part = 'total'
    AND sh.quantity = (SELECT id FROM quantity WHERE name = 'members_present')
CROSS JOIN series AS sw ON sw.entity = e.id AND sw.part = 'total'
    AND sw.quantity = (SELECT id FROM quantity WHERE name = 'members_expected')
CROSS JOIN point AS p ON p.series = s.id
CROSS JOIN point AS ph ON ph.series = sh.id AND +ph.scan = p.scan
CROSS JOIN point AS pw ON pw.series = sw.id AND +pw.scan = p.scan
CROSS JOIN civil_day AS d
CROSS JOIN rollup_1d AS r ON r.id = d.day * 4294967296 + p.id
CROSS JOIN rollup_1d AS h ON h.id = d.day * 4294967296 + ph.id
CROSS JOIN rollup_1d AS w ON w.id = d.day * 4294967296 + pw.id
WHERE e.kind = 'rack' AND +d.d1 = 1;
