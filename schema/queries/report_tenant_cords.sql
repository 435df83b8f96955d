-- SPDX-License-Identifier: Apache-2.0
-- Outlets that carried a tenant at any time of :from..:to, by device, part and date: with the
-- circuit of the cord, else of its device.
SELECT t.device, t.part, t.tenant, t.valid_from,
    min(coalesce(t.valid_to, 9223372036854775807),
        coalesce((SELECT min(later.valid_from) FROM cord AS later
            WHERE later.key = t.key AND later.corrected_by IS NULL
                AND later.valid_from > t.valid_from), 9223372036854775807)) AS until,
    coalesce(nullif(t.circuit, ''), (SELECT d.circuit FROM device AS d
        WHERE d.key = t.device AND d.corrected_by IS NULL AND d.valid_from <= t.valid_from
        ORDER BY d.valid_from DESC LIMIT 1), '') AS circuit,
    coalesce(nullif(t.rack, ''), (SELECT d.rack FROM device AS d
        WHERE d.key = t.device AND d.corrected_by IS NULL AND d.valid_from <= t.valid_from
        ORDER BY d.valid_from DESC LIMIT 1), '') AS place
FROM cord AS t
WHERE t.corrected_by IS NULL AND t.tenant <> '' AND t.valid_from < :to AND until > :from
ORDER BY t.device, t.part, t.valid_from, t.key
