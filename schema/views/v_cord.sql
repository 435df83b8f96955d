-- SPDX-License-Identifier: Apache-2.0
-- The cords in force now; powered is the load, circuit its own or else that of its device.
CREATE VIEW v_cord AS
SELECT
    t.key AS name, t.key, t.powered, t.rack, t.u, t.tenant, t.psu, t.psus_needed, t.device, t.part,
    coalesce(nullif(t.circuit, ''), (SELECT d.circuit FROM v_device AS d WHERE d.name = t.device), '')
        AS circuit,
    t.phases, CAST(t.nameplate_w AS REAL) AS nameplate_w, t.bmc, t.id, t.valid_from, t.valid_to, t.load
FROM cord AS t
WHERE t.corrected_by IS NULL
  AND t.valid_from <= unixepoch()
  AND (t.valid_to IS NULL OR t.valid_to > unixepoch())
  AND NOT EXISTS (
    SELECT 1 FROM cord AS later
    WHERE later.key = t.key
      AND later.corrected_by IS NULL
      AND later.valid_from <= unixepoch()
      AND (later.valid_to IS NULL OR later.valid_to > unixepoch())
      AND (later.valid_from, later.id) > (t.valid_from, t.id)
  );
