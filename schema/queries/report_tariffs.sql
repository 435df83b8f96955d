-- SPDX-License-Identifier: Apache-2.0
-- Rows of tariffs in force at some time of :from..:to, by tariff, key and date: until the next row
-- of the same key, their own end, or when they left the file.
SELECT t.name, t.valid_from,
    min(coalesce(t.until_ts, 9223372036854775807), coalesce(t.valid_to, 9223372036854775807),
        coalesce((SELECT min(later.valid_from) FROM tariff AS later
            WHERE later.key = t.key AND later.corrected_by IS NULL
                AND later.valid_from > t.valid_from), 9223372036854775807)) AS until,
    t.days, t.start, t."end", t.clock, t.kind, t.price, t.unit, t.currency
FROM tariff AS t
WHERE t.corrected_by IS NULL AND t.valid_from < :to AND until > :from
ORDER BY t.name, t.key, t.valid_from
