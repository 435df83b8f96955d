-- SPDX-License-Identifier: Apache-2.0
-- The current point of a series, whichever scan it is in.
SELECT id, scan, slot, kind, mul, div, offset, names, severities FROM point
WHERE series = :series AND valid_to IS NULL
