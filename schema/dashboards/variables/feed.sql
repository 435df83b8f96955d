-- SPDX-License-Identifier: Apache-2.0
-- The feeds of the rack.
SELECT feed || '' AS feed FROM v_rack_feed WHERE rack = ${rack:sqlstring} ORDER BY n
