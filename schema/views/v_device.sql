-- SPDX-License-Identifier: Apache-2.0
-- The devices in force now; name is the key.
CREATE VIEW v_device AS
SELECT
    t.key AS name, t.key, t.endpoint, t.profile, t.every_s, t.rack, t.circuit, t.role, t.use,
    CAST(t.factor AS REAL) AS factor, CAST(t.acc_pct AS REAL) AS acc_pct,
    CAST(t.ct_acc_pct AS REAL) AS ct_acc_pct, t.serial, t.cal_due, t.note, t.id, t.valid_from,
    t.valid_to, t.load
FROM device AS t
WHERE t.corrected_by IS NULL
  AND t.valid_from <= unixepoch()
  AND (t.valid_to IS NULL OR t.valid_to > unixepoch())
  AND NOT EXISTS (
    SELECT 1 FROM device AS later
    WHERE later.key = t.key
      AND later.corrected_by IS NULL
      AND later.valid_from <= unixepoch()
      AND (later.valid_to IS NULL OR later.valid_to > unixepoch())
      AND (later.valid_from, later.id) > (t.valid_from, t.id)
  );
