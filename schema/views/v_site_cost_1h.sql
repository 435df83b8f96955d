-- SPDX-License-Identifier: Apache-2.0
-- What the facility side of the site's boundary costs by UTC hours: energy as in v_pue_1h, priced by the
-- row of kind energy that prices the hour's beginning, of the tariff that bears the site's name, else
-- std, else the only one. price per kWh and cost are NULL where no row prices it: it is not free.
-- Demand and fixed charges are by the month, see report energy. Local time is that of the civil day; on the
-- two days a year on which clocks change, it is reckoned from its end after two hours (three in
-- autumn). Give limits of ts.
CREATE VIEW v_site_cost_1h AS
SELECT
    o.ts, o.date, o.facility_wh, o.facility_share,
    CAST(o.price AS REAL) AS price, CAST(o.facility_wh / 1000 * o.price AS REAL) AS cost,
    (SELECT max(currency) FROM v_tariff WHERE +kind = 'energy') AS currency
FROM (
    -- DISTINCT: else SQLite would put the subquery of price into each of its uses
    SELECT DISTINCT
        h.ts, h.date, h.facility_wh, h.facility_share,
        (
            SELECT t.price * CASE t.unit WHEN 'Wh' THEN 1000 WHEN 'MWh' THEN 0.001 ELSE 1 END
            FROM v_tariff AS t
            WHERE +t.kind = 'energy' AND t.from_ts <= h.ts AND (t.to_ts IS NULL OR t.to_ts > h.ts)
                AND +t.name = (
                    SELECT name FROM v_tariff
                    WHERE +kind = 'energy' AND (
                        name IN ('std', (SELECT value FROM v_setting WHERE name = 'site'))
                        OR (SELECT count(DISTINCT name) FROM v_tariff) = 1)
                    ORDER BY name = 'std'
                    LIMIT 1)
                -- minutes of the day; a span that ends before it starts holds from midnight and until it
                AND CASE
                    WHEN coalesce(t.start, '') = coalesce(t."end", '') THEN 1
                    WHEN t.start < t."end"
                        THEN CASE t.clock WHEN 'standard' THEN h.standard_min ELSE h.local_min END
                            BETWEEN substr(t.start, 1, 2) * 60 + substr(t.start, 4, 2)
                            AND substr(t."end", 1, 2) * 60 + substr(t."end", 4, 2) - 1
                    ELSE CASE t.clock WHEN 'standard' THEN h.standard_min ELSE h.local_min END
                        NOT BETWEEN substr(t."end", 1, 2) * 60 + substr(t."end", 4, 2)
                        AND substr(t.start, 1, 2) * 60 + substr(t.start, 4, 2) - 1
                END
                AND (coalesce(t.days, '') IN ('', 'all') OR EXISTS (
                    SELECT 1
                    FROM json_each('["' || replace(t.days, '+', '","') || '"]') AS j
                    WHERE CASE
                        WHEN instr(j.value, '-') = 0 THEN
                            CASE t.clock WHEN 'standard' THEN h.standard_day ELSE h.local_day END
                            = instr('montuewedthufrisatsun', j.value) / 3
                        -- fri-mon goes over the end of the week
                        WHEN instr('montuewedthufrisatsun', substr(j.value, 1, 3))
                            <= instr('montuewedthufrisatsun', substr(j.value, 5, 3)) THEN
                            CASE t.clock WHEN 'standard' THEN h.standard_day ELSE h.local_day END
                            BETWEEN instr('montuewedthufrisatsun', substr(j.value, 1, 3)) / 3
                            AND instr('montuewedthufrisatsun', substr(j.value, 5, 3)) / 3
                        ELSE
                            CASE t.clock WHEN 'standard' THEN h.standard_day ELSE h.local_day END
                            NOT BETWEEN instr('montuewedthufrisatsun', substr(j.value, 5, 3)) / 3 + 1
                            AND instr('montuewedthufrisatsun', substr(j.value, 1, 3)) / 3 - 1
                    END
                ))
            LIMIT 1
        ) AS price
    FROM (
        SELECT
            p.ts, d.date, p.facility_wh, p.facility_share, (d.day + 3) % 7 AS local_day,
            CASE
                WHEN d.to_ts - d.from_ts = 86400 OR p.ts - d.from_ts <
                    CASE WHEN d.to_ts - d.from_ts < 86400 THEN 7200 ELSE 10800 END
                    THEN p.ts - d.from_ts
                ELSE 86400 - (d.to_ts - p.ts)
            END / 60 AS local_min,
            ((p.ts + z.offset_s) / 86400 + 3) % 7 AS standard_day,
            (p.ts + z.offset_s) % 86400 / 60 AS standard_min
        FROM v_pue_1h AS p
        CROSS JOIN civil_day AS d ON d.from_ts = (
            SELECT max(x.from_ts) FROM civil_day AS x WHERE x.from_ts <= p.ts)
        -- standard time lies least ahead of UTC
        CROSS JOIN (
            SELECT min(day * 86400 - from_ts) AS offset_s FROM civil_day
            WHERE from_ts >= (SELECT max(from_ts) FROM civil_day) - 63072000
        ) AS z
    ) AS h
) AS o;
