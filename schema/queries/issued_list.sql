-- SPDX-License-Identifier: Apache-2.0
-- Issued reports whose period overlaps :from to :to, oldest first; report NULL: all. stands: none
-- of the same report, period and filters came later.
SELECT i.id, i.ts, i.report, i.filters, i.from_ts, i.to_ts, i.period, i.user, i.note, i.formula,
    i.program, i.hash, json_extract(i.figures, '$.verdict.text') AS verdict,
    NOT EXISTS (SELECT 1 FROM issued AS later
        WHERE later.report = i.report AND later.from_ts = i.from_ts AND later.to_ts = i.to_ts
            AND later.filters = i.filters AND later.id > i.id) AS stands
FROM issued AS i
WHERE i.from_ts < :to AND i.to_ts > :from AND (:report IS NULL OR i.report = :report)
ORDER BY i.id
