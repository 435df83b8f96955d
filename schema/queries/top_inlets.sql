-- SPDX-License-Identifier: Apache-2.0
-- The hottest inlet of each rack now.
SELECT coalesce(nullif(c.rack, ''), d.rack) AS at_rack,
    max(l.value * coalesce(c.factor, 1) + coalesce(c.offset, 0)) AS hottest_c
FROM v_channel AS c
JOIN v_device AS d ON d.name = c.device
JOIN v_latest AS l ON l.entity_kind = 'device' AND l.entity = c.device AND l.part = c.part
    AND l.quantity = 'temperature_c'
WHERE c.position LIKE 'inlet%'
GROUP BY at_rack
ORDER BY at_rack
