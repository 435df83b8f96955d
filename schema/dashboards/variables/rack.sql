-- SPDX-License-Identifier: Apache-2.0
-- The racks, those of the chosen hall first, the one at the row and place that a link names before all.
SELECT name || '' AS rack
FROM v_rack
ORDER BY (coalesce(row, '') = ${row:sqlstring} AND coalesce(nullif(pos, ''), name) = ${pos:sqlstring}
        AND hall = ${hall:sqlstring}) DESC,
    hall = ${hall:sqlstring} DESC, name
