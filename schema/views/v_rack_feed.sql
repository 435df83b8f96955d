-- SPDX-License-Identifier: Apache-2.0
-- The feeds of the racks in force, a row each, in the order in which racks.csv names them (n from 0).
CREATE VIEW v_rack_feed AS
SELECT r.name AS rack, f.value AS feed, f.key AS n
FROM v_rack AS r
CROSS JOIN json_each('["' || replace(trim(r.feeds), ' ', '","') || '"]') AS f
WHERE f.value <> '';
