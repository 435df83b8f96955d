-- SPDX-License-Identifier: Apache-2.0
-- What the energy of the facility side costs by civil day, by the prices of its hours (tariffs.csv; without
-- demand and fixed charges), the last 62 days of the time shown at most; priced: share of the energy that
-- a row prices. No row at all without a tariff.
SELECT
    min(ts) AS time, CAST(sum(cost) AS REAL) AS cost,
    CAST(100 * sum(CASE WHEN price IS NOT NULL THEN facility_wh END) / sum(facility_wh) AS REAL) AS priced
FROM v_site_cost_1h
WHERE ts BETWEEN max($__from / 1000, $__to / 1000 - 5356800) AND $__to / 1000
GROUP BY date
HAVING sum(cost) IS NOT NULL
ORDER BY 1
