-- SPDX-License-Identifier: Apache-2.0
-- The budget of each rack over time, as it is believed now: from_ts to to_ts (NULL: until further).
CREATE VIEW v_rack_budget AS
SELECT
    r.key AS rack, r.valid_from AS from_ts,
    (
        SELECT min(until) FROM (
            SELECT r.valid_to AS until
            UNION ALL
            SELECT min(later.valid_from)
            FROM rack AS later
            WHERE later.key = r.key AND later.corrected_by IS NULL
                AND (later.valid_from, later.id) > (r.valid_from, r.id))
    ) AS to_ts,
    CAST(r.budget_w AS REAL) AS budget_w
FROM rack AS r
WHERE r.corrected_by IS NULL;
