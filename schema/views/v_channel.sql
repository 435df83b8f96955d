-- SPDX-License-Identifier: Apache-2.0
-- The channels in force now; name is the key.
CREATE VIEW v_channel AS
SELECT
    t.key AS name, t.key, t.device, t.part, t.rack, t.circuit, t.phases, t.position, t.role,
    t.use, CAST(t.factor AS REAL) AS factor, CAST(t.offset AS REAL) AS offset, t.note, t.id,
    t.valid_from, t.valid_to, t.load
FROM channel AS t
WHERE t.corrected_by IS NULL
  AND t.valid_from <= unixepoch()
  AND (t.valid_to IS NULL OR t.valid_to > unixepoch())
  AND NOT EXISTS (
    SELECT 1 FROM channel AS later
    WHERE later.key = t.key
      AND later.corrected_by IS NULL
      AND later.valid_from <= unixepoch()
      AND (later.valid_to IS NULL OR later.valid_to > unixepoch())
      AND (later.valid_from, later.id) > (t.valid_from, t.id)
  );
