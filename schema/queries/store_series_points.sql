-- SPDX-License-Identifier: Apache-2.0
-- Every storage epoch of a series, in the order of its scans.
SELECT scan, slot, mul, div, offset, valid_from, valid_to, id FROM point
WHERE series = :series ORDER BY scan, valid_from
