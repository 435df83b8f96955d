-- SPDX-License-Identifier: Apache-2.0
-- Whose each rack was over time, as it is believed now: from_ts to to_ts (NULL: until further); tenant
-- '' where nobody's.
CREATE VIEW v_rack_tenant AS
SELECT
    t.key AS rack, coalesce(t.tenant, '') AS tenant, t.valid_from AS from_ts,
    nullif(min(
        coalesce(t.valid_to, 9223372036854775807),
        coalesce((
            SELECT min(later.valid_from) FROM rack AS later
            WHERE later.key = t.key AND later.corrected_by IS NULL AND later.valid_from > t.valid_from
        ), 9223372036854775807)), 9223372036854775807) AS to_ts
FROM rack AS t
WHERE t.corrected_by IS NULL;
