-- SPDX-License-Identifier: Apache-2.0
-- The feeds of a rack, blank separated.
SELECT feeds FROM v_rack WHERE name = :rack
