-- SPDX-License-Identifier: Apache-2.0
-- Alarms that lasted at some time of :from..:at, of devices in force at :at, with those that still
-- lasted at :at first in each device; by device.
SELECT d.key, d.rack, d.circuit, d.role, a.part, a.label, a.quantity, a.state, a.name,
    a.severity, a.from_ts, a.to_ts,
    coalesce(h.state, 'unknown') IN ('suspect', 'dormant') AND h.since <= :at AS away
FROM v_alarm AS a
CROSS JOIN entity AS e ON e.kind = 'device' AND e.name = a.device
CROSS JOIN device AS d ON d.key = a.device AND d.corrected_by IS NULL AND d.valid_from <= :at
    AND (d.valid_to IS NULL OR d.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM device AS later
        WHERE later.key = d.key AND later.corrected_by IS NULL
            AND later.valid_from > d.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
LEFT JOIN device_state AS h ON h.entity = e.id
WHERE a.from_ts <= :at AND (a.to_ts IS NULL OR a.to_ts > :from)
ORDER BY d.key, a.to_ts IS NOT NULL AND a.to_ts <= :at, a.severity = 'critical' DESC, a.from_ts,
    a.part, a.state
