-- SPDX-License-Identifier: Apache-2.0
-- The 20 devices that answer the smallest share of their polls now, of those the slowest first: as the
-- collector counted over its last interval of health (5 min).
SELECT
    l.entity || '' AS device, d.rack, d.circuit,
    CAST(max(CASE l.quantity WHEN 'success_pct' THEN l.value END) AS REAL) AS success_pct,
    CAST(max(CASE l.quantity WHEN 'latency_ms' THEN l.value END) AS REAL) AS latency_ms,
    CAST(max(CASE l.quantity WHEN 'answer_age_s' THEN l.value END) AS REAL) AS answer_age_s
FROM v_latest AS l
CROSS JOIN v_device AS d ON d.name = l.entity
WHERE l.entity_kind = 'device' AND l.part = 'collector'
  AND l.quantity IN ('success_pct', 'latency_ms', 'answer_age_s')
GROUP BY l.entity
ORDER BY success_pct, latency_ms DESC
LIMIT 20
