-- SPDX-License-Identifier: Apache-2.0
-- Energy of each tenant's racks over the last 31 whole days, by whose they were at the beginning of each
-- day: racks, energy, share of all racks (the rows close with the total; (none): nobody's), mean power, and
-- the share of instants and meters that it rests on.
WITH days AS MATERIALIZED (
    SELECT rack, ts, to_ts, energy_wh, n * 1.0 / expected AS time_share, meters
    FROM v_rack_1d
    WHERE ts >= unixepoch() - 32 * 86400
),
owned AS (
    SELECT
        d.*, coalesce(nullif((
            SELECT t.tenant FROM v_rack_tenant AS t
            WHERE t.rack = d.rack AND t.from_ts <= d.ts AND (t.to_ts IS NULL OR t.to_ts > d.ts)
        ), ''), '(none)') AS tenant
    FROM days AS d
)
SELECT
    tenant || '' AS tenant, CAST(count(DISTINCT rack) AS REAL) AS racks,
    CAST(sum(energy_wh) AS REAL) AS energy_wh,
    CAST(100 * sum(energy_wh) / sum(sum(energy_wh)) OVER () AS REAL) AS share_pct,
    CAST(3600 * sum(energy_wh) / sum((to_ts - ts) * time_share) * count(DISTINCT rack) AS REAL) AS mean_w,
    CAST(100 * sum(time_share * meters) / count(*) AS REAL) AS coverage,
    CAST(count(DISTINCT ts) AS REAL) AS days
FROM owned
GROUP BY tenant
ORDER BY energy_wh DESC
