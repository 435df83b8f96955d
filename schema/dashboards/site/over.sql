-- SPDX-License-Identifier: Apache-2.0
-- Racks over or near their budget and phases of feeds over or near their rating, the worst first.
SELECT
    state, hall, rack, circuit, part,
    CAST(100 * value / "limit" AS REAL) AS pct,
    since, text || '' AS text,
    CASE WHEN planned THEN 'planned' ELSE '' END AS work
FROM alert_over_budget
ORDER BY alarm DESC, value / "limit" DESC
LIMIT 200
