-- SPDX-License-Identifier: Apache-2.0
-- Devices in force by health; planned: the rack is planned at :at, or the operating log says so.
SELECT d.device, d.state, d.since, d.cause,
    d.planned OR EXISTS (
        SELECT 1 FROM rack AS r
        WHERE r.key = d.rack AND r.corrected_by IS NULL AND r.status = 'planned'
            AND r.valid_from <= :at AND (r.valid_to IS NULL OR r.valid_to > :at))
FROM v_device_state AS d
ORDER BY d.device
