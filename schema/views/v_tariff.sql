-- SPDX-License-Identifier: Apache-2.0
-- The rows of tariffs.csv over time, as they are believed now: from_ts to to_ts (NULL: until further).
-- kind energy, demand_15m, fixed; price in currency per unit.
CREATE VIEW v_tariff AS
SELECT
    name, from_ts,
    CASE WHEN min(coalesce(until_ts, 9e18), coalesce(valid_to, 9e18), coalesce(next_ts, 9e18)) < 9e18
        THEN CAST(min(coalesce(until_ts, 9e18), coalesce(valid_to, 9e18), coalesce(next_ts, 9e18))
            AS INTEGER) END AS to_ts,
    days, start, "end", clock, kind, CAST(price AS REAL) AS price, unit, currency
FROM (
    SELECT
        t.name, t.valid_from AS from_ts, t.valid_to, t.until_ts, t.days, t.start, t."end", t.clock,
        t.kind, t.price, t.unit, t.currency,
        lead(t.valid_from) OVER (PARTITION BY t.key ORDER BY t.valid_from, t.id) AS next_ts
    FROM tariff AS t
    WHERE t.corrected_by IS NULL
);
