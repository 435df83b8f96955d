-- SPDX-License-Identifier: Apache-2.0
-- Every storage epoch of a series as time goes, and whether it only ever holds what was imported.
SELECT p.id, p.scan, p.slot, p.kind, p.mul, p.div, p.offset, s.name GLOB 'import*'
FROM point AS p JOIN scan AS s ON s.id = p.scan
WHERE p.series = :series ORDER BY p.valid_from, p.id
