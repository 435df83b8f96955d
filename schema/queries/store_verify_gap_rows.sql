-- SPDX-License-Identifier: Apache-2.0
-- Gaps that make no sense by themselves.
SELECT id, scan, 'ends before it begins' FROM gap WHERE to_ts < from_ts
UNION ALL
SELECT id, scan, 'overlaps the one before it, of the same' FROM (
    SELECT id, scan, from_ts, max(coalesce(to_ts, 9223372036854775807)) OVER (
        PARTITION BY scan, slot ORDER BY from_ts, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS former
    FROM gap
) WHERE from_ts <= former
