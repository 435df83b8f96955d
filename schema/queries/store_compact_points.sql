-- SPDX-License-Identifier: Apache-2.0
-- The points of a slice of scans, by scan and place.
SELECT scan, slot, id, kind FROM point
WHERE scan >= :from AND scan < :to
ORDER BY scan, slot
