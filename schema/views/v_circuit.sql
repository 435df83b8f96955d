-- SPDX-License-Identifier: Apache-2.0
-- The circuits in force now; name is the key.
CREATE VIEW v_circuit AS
SELECT
    t.key AS name, t.key, t.kind, t.side, t.hall, t.fed_by, t.system,
    CAST(t.volts AS REAL) AS volts, t.phases, CAST(t.rated_a AS REAL) AS rated_a,
    CAST(t.rated_va AS REAL) AS rated_va, CAST(t.rated_w AS REAL) AS rated_w,
    CAST(t.trip_a AS REAL) AS trip_a, CAST(t.derate AS REAL) AS derate, t.modules,
    t.modules_needed, t.note, t.id, t.valid_from, t.valid_to, t.load
FROM circuit AS t
WHERE t.corrected_by IS NULL
  AND t.valid_from <= unixepoch()
  AND (t.valid_to IS NULL OR t.valid_to > unixepoch())
  AND NOT EXISTS (
    SELECT 1 FROM circuit AS later
    WHERE later.key = t.key
      AND later.corrected_by IS NULL
      AND later.valid_from <= unixepoch()
      AND (later.valid_to IS NULL OR later.valid_to > unixepoch())
      AND (later.valid_from, later.id) > (t.valid_from, t.id)
  );
