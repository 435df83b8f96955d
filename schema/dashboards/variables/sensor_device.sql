-- SPDX-License-Identifier: Apache-2.0
-- The devices whose temperatures are placed in the rack.
SELECT DISTINCT device || '' AS device FROM v_sensor WHERE rack = ${rack:sqlstring} ORDER BY 1
