-- SPDX-License-Identifier: Apache-2.0
-- One row: what the site says of the rack.
SELECT
    hall || '' AS hall, row || '' AS row, pos || '' AS pos, status || '' AS status,
    tenant || '' AS tenant, redundancy || '' AS redundancy, feeds || '' AS feeds,
    CAST(nameplate_w AS REAL) AS nameplate_w, thermal_class || '' AS thermal_class
FROM v_rack
WHERE name = ${rack:sqlstring}
