-- SPDX-License-Identifier: Apache-2.0
-- The boundary's terms in force now, one per row; name is the boundary's.
CREATE VIEW v_boundary AS
SELECT
    t.key, t.name, t.partial, t.category, t.side, t.position, t.sign, t.circuit, t.role, t.hall,
    t.id, t.valid_from, t.valid_to, t.load
FROM boundary AS t
WHERE t.corrected_by IS NULL
  AND t.valid_from <= unixepoch()
  AND (t.valid_to IS NULL OR t.valid_to > unixepoch())
  AND NOT EXISTS (
    SELECT 1 FROM boundary AS later
    WHERE later.key = t.key
      AND later.corrected_by IS NULL
      AND later.valid_from <= unixepoch()
      AND (later.valid_to IS NULL OR later.valid_to > unixepoch())
      AND (later.valid_from, later.id) > (t.valid_from, t.id)
  );
