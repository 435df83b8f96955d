-- SPDX-License-Identifier: Apache-2.0
-- Live racks of the chosen halls, by name.
SELECT name || '' AS rack FROM v_rack WHERE status = 'live' AND hall IN (${hall:sqlstring}) ORDER BY name
