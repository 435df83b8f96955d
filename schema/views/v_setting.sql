-- SPDX-License-Identifier: Apache-2.0
-- The settings in force now; name is the key.
CREATE VIEW v_setting AS
SELECT
    t.key AS name, t.key, t.value, t.id, t.valid_from, t.valid_to, t.load
FROM setting AS t
WHERE t.corrected_by IS NULL
  AND t.valid_from <= unixepoch()
  AND (t.valid_to IS NULL OR t.valid_to > unixepoch())
  AND NOT EXISTS (
    SELECT 1 FROM setting AS later
    WHERE later.key = t.key
      AND later.corrected_by IS NULL
      AND later.valid_from <= unixepoch()
      AND (later.valid_to IS NULL OR later.valid_to > unixepoch())
      AND (later.valid_from, later.id) > (t.valid_from, t.id)
  );
