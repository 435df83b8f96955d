-- SPDX-License-Identifier: Apache-2.0
-- Energy of one tenant's racks by civil day, by whose they were at its beginning: the last 366 whole days
-- of the time shown at most; and the share of instants and meters that it rests on.
WITH days AS MATERIALIZED (
    SELECT rack, ts, energy_wh, n * meters / expected AS share
    FROM v_rack_1d
    WHERE rack IN (SELECT rack FROM v_rack_tenant WHERE tenant = ${tenant:sqlstring})
      AND ts BETWEEN max($__from / 1000 - 86400, $__to / 1000 - 366 * 86400) AND $__to / 1000
)
SELECT
    d.ts AS time, CAST(sum(d.energy_wh) AS REAL) AS energy, CAST(100 * avg(d.share) AS REAL) AS coverage
FROM days AS d
CROSS JOIN v_rack_tenant AS t ON t.rack = d.rack
WHERE t.tenant = ${tenant:sqlstring} AND t.from_ts <= d.ts AND (t.to_ts IS NULL OR t.to_ts > d.ts)
GROUP BY d.ts
ORDER BY 1
