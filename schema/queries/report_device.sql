-- SPDX-License-Identifier: Apache-2.0
-- As report_devices, of one device.
SELECT d.key, d.rack, d.circuit, d.role, d.use, d.acc_pct, d.ct_acc_pct
FROM device AS d
WHERE d.key = :device AND d.corrected_by IS NULL AND d.valid_from <= :at
    AND (d.valid_to IS NULL OR d.valid_to > :at)
ORDER BY d.valid_from DESC, d.id DESC
LIMIT 1
