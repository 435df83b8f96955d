-- SPDX-License-Identifier: Apache-2.0
-- The rows of budgets.csv in force now: limits beyond the racks' own; name is the key.
CREATE VIEW v_budget AS
SELECT
    t.key AS name, t.key, t.scope, t.scope_id, t.measure, CAST(t.value AS REAL) AS value, t.unit,
    t.window, t.source, t.id, t.valid_from, t.valid_to, t.load
FROM budget AS t
WHERE t.corrected_by IS NULL
  AND t.valid_from <= unixepoch()
  AND (t.valid_to IS NULL OR t.valid_to > unixepoch())
  AND NOT EXISTS (
    SELECT 1 FROM budget AS later
    WHERE later.key = t.key
      AND later.corrected_by IS NULL
      AND later.valid_from <= unixepoch()
      AND (later.valid_to IS NULL OR later.valid_to > unixepoch())
      AND (later.valid_from, later.id) > (t.valid_from, t.id)
  );
