-- SPDX-License-Identifier: Apache-2.0
-- Entries of the operating log that overlap :from..:to, in the order they begin. A line that left
-- the file held until then: what it said of the time before stays said.
SELECT l.from_ts,
    min(coalesce(l.to_ts, 9223372036854775807), coalesce(l.valid_to, 9223372036854775807)),
    l.scope, l.scope_id, l.kind, l.quantity, l.value, l.unit, l.ref, l.who, l.note
FROM log AS l
WHERE l.corrected_by IS NULL AND l.from_ts < :to
    AND (l.to_ts IS NULL OR l.to_ts > :from)
    AND (l.valid_to IS NULL OR l.valid_to > max(:from, l.from_ts))
ORDER BY l.from_ts, l.id
