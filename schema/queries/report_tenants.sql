-- SPDX-License-Identifier: Apache-2.0
-- Whose the racks were at any time of :from..:to, by rack and date.
SELECT r.key, r.valid_from,
    min(coalesce(r.valid_to, 9223372036854775807),
        coalesce((SELECT min(later.valid_from) FROM rack AS later
            WHERE later.key = r.key AND later.corrected_by IS NULL
                AND later.valid_from > r.valid_from), 9223372036854775807)) AS until,
    r.tenant, r.hall
FROM rack AS r
WHERE r.corrected_by IS NULL AND r.valid_from < :to AND until > :from
ORDER BY r.key, r.valid_from
