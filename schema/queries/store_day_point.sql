-- SPDX-License-Identifier: Apache-2.0
SELECT p.scan, s.name GLOB 'import*'
FROM point AS p JOIN scan AS s ON s.id = p.scan
WHERE p.id = :point
