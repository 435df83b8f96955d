-- SPDX-License-Identifier: Apache-2.0
-- The racks in force now; name is the key.
CREATE VIEW v_rack AS
SELECT
    t.key AS name, t.key, t.hall, t.row, t.pos, t.status, t.tenant, t.feeds, t.redundancy,
    CAST(t.budget_w AS REAL) AS budget_w, CAST(t.budget_va AS REAL) AS budget_va,
    CAST(t.nameplate_w AS REAL) AS nameplate_w, t.thermal_class, t.id, t.valid_from, t.valid_to,
    t.load
FROM rack AS t
WHERE t.corrected_by IS NULL
  AND t.valid_from <= unixepoch()
  AND (t.valid_to IS NULL OR t.valid_to > unixepoch())
  AND NOT EXISTS (
    SELECT 1 FROM rack AS later
    WHERE later.key = t.key
      AND later.corrected_by IS NULL
      AND later.valid_from <= unixepoch()
      AND (later.valid_to IS NULL OR later.valid_to > unixepoch())
      AND (later.valid_from, later.id) > (t.valid_from, t.id)
  );
