-- SPDX-License-Identifier: Apache-2.0
-- The placed temperature sensors of a rack now.
SELECT c.device, c.part, c.position,
    l.value * coalesce(c.factor, 1) + coalesce(c.offset, 0) AS now_c
FROM v_channel AS c
JOIN v_device AS d ON d.name = c.device
LEFT JOIN v_latest AS l ON l.entity_kind = 'device' AND l.entity = c.device AND l.part = c.part
    AND l.quantity = 'temperature_c'
WHERE c.position <> '' AND coalesce(nullif(c.rack, ''), d.rack) = :rack
ORDER BY c.position, c.device, c.part
