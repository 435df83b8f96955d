-- SPDX-License-Identifier: Apache-2.0
-- Energy of the facility side by price, in the last 62 days of the time shown at most: what it comes to,
-- without demand and fixed charges. A row without a price: no row of tariffs.csv holds then, and it is
-- not free.
SELECT
    CASE WHEN price IS NULL THEN 'no price' ELSE printf('%.4f %s/kWh', price, currency) END AS price,
    CAST(count(*) AS REAL) AS hours, CAST(sum(facility_wh) AS REAL) AS energy_wh,
    CAST(sum(cost) AS REAL) AS cost, coalesce(currency, '') || '' AS currency
FROM v_site_cost_1h
WHERE ts BETWEEN max($__from / 1000, $__to / 1000 - 5356800) AND $__to / 1000
GROUP BY price, currency
ORDER BY price DESC
