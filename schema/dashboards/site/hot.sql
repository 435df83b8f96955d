-- SPDX-License-Identifier: Apache-2.0
-- The warmest inlet of each rack that is above what its class recommends (warm) or allows (hot).
SELECT
    state || '' AS state, hall, rack, CAST(value AS REAL) AS value, CAST("limit" AS REAL) AS "limit",
    device || '/' || part AS sensor, CASE WHEN planned THEN 'planned' ELSE '' END AS work
FROM alert_hot_inlet
ORDER BY value - "limit" DESC
LIMIT 200
