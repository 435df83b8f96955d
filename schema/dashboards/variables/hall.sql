-- SPDX-License-Identifier: Apache-2.0
-- The halls that have racks.
SELECT DISTINCT hall || '' AS hall FROM v_rack WHERE hall <> '' ORDER BY hall
