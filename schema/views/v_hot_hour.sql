-- SPDX-License-Identifier: Apache-2.0
-- Hours of inlets on days (v_sensor_day) on which they were above what their class recommends: mean and
-- greatest temperature, and how many minutes they count as above it and above what is allowed. An hour
-- that lies above a limit with its least value counts as long as it was measured; one that crosses it
-- counts so if its mean is above: `rackmeter report thermal` counts such hours by their samples, as long
-- as it has them. Give limits of day_ts, the beginning of the day; the running one is not in it.
CREATE VIEW v_hot_hour AS
SELECT
    o.device, o.part, o.rack, o.hall, o.thermal_class, o.day_ts, o.ts,
    CAST(o.value AS REAL) AS value, CAST(o.max AS REAL) AS max,
    CAST(CASE WHEN o.min > o.recommended_c OR (o.max > o.recommended_c AND o.value > o.recommended_c)
        THEN o.minutes ELSE 0 END AS REAL) AS above_recommended_min,
    CAST(CASE WHEN o.min > o.allowable_c OR (o.max > o.allowable_c AND o.value > o.allowable_c)
        THEN o.minutes ELSE 0 END AS REAL) AS above_allowable_min
FROM (
    SELECT
        d.device, d.part, d.rack, d.hall, d.thermal_class, d.ts AS day_ts, t.hour AS ts,
        k.recommended_high_c AS recommended_c, k.allowable_high_c AS allowable_c,
        ((r.base + CASE
            WHEN r.w = 0 THEN 0
            WHEN r.w < 5 THEN unicode(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w))
            ELSE CAST(substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, r.w) AS INTEGER)
        END) * 1.0 / r.f * p.mul / p.div + p.offset) * d.factor + d.offset AS value,
        ((r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600) + 1, r.mw) AS INTEGER)
        END) * 1.0 * p.mul / p.div + p.offset) * d.factor + d.offset AS min,
        ((r.mbase + CASE
            WHEN r.mw = 0 THEN 0
            WHEN r.mw < 5 THEN unicode(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw))
            ELSE CAST(substr(r.m, r.mw * (t.hour % 86400 / 3600 + 24) + 1, r.mw) AS INTEGER)
        END) * 1.0 * p.mul / p.div + p.offset) * d.factor + d.offset AS max,
        60.0 * CASE WHEN r.n IS NULL THEN r."full"
            ELSE unicode(substr(r.n, 3 * (t.hour % 86400 / 3600) + 1, 3)) - 2048 END / r."full" AS minutes
    FROM v_sensor_day AS d
    CROSS JOIN v_thermal_class AS k
    CROSS JOIN point AS p ON p.id = d.point
    CROSS JOIN period AS t ON t.hour >= d.ts AND t.hour < d.to_ts
    CROSS JOIN rollup_1h AS r ON r.id = t.hour / 86400 * 4294967296 + p.id
    WHERE d.place = 'inlet' AND +k.name = d.thermal_class AND d.max > k.recommended_high_c AND +t.h1 = 1
      AND CASE WHEN r.w = 0 THEN 1 ELSE substr(r.v, r.w * (t.hour % 86400 / 3600) + 1, 1) <> x'00' END
) AS o;
