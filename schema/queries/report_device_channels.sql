-- SPDX-License-Identifier: Apache-2.0
-- As report_channels, of one device.
SELECT c.device, c.part, c.rack, c.circuit, c.role, c.use, c.position, c.factor, c.offset
FROM channel AS c
WHERE c.device = :device AND c.corrected_by IS NULL AND c.valid_from <= :at
    AND (c.valid_to IS NULL OR c.valid_to > :at)
    AND NOT EXISTS (
        SELECT 1 FROM channel AS later
        WHERE later.key = c.key AND later.corrected_by IS NULL
            AND later.valid_from > c.valid_from AND later.valid_from <= :at
            AND (later.valid_to IS NULL OR later.valid_to > :at))
ORDER BY c.part
