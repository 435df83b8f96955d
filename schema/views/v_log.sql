-- SPDX-License-Identifier: Apache-2.0
-- The operating log: what was announced, replaced or noted, from_ts to to_ts (NULL: until further). A
-- line that left the file held until then.
CREATE VIEW v_log AS
SELECT
    l.id, l.from_ts,
    CASE WHEN coalesce(l.valid_to, 9e18) < coalesce(l.to_ts, 9e18) THEN l.valid_to ELSE l.to_ts END
        AS to_ts,
    l.scope, l.scope_id, l.kind, l.quantity, l.value, l.unit, l.ref, l.who, l.note
FROM log AS l
WHERE l.corrected_by IS NULL AND (l.valid_to IS NULL OR l.valid_to > l.from_ts);
