-- SPDX-License-Identifier: Apache-2.0
-- Why something of a rack was absent between :from and :to: its devices, those at its feeds
-- (:feeds, blank separated), its own sums, and the collector (entity NULL). By entity and cause: how
-- often, seconds in all, the first and the last time, whether it goes on, the points it was about (0:
-- the device as a whole).
WITH d AS (
    SELECT key FROM device
    WHERE corrected_by IS NULL AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
        AND (rack = :rack
            OR circuit <> '' AND instr(' ' || :feeds || ' ', ' ' || circuit || ' ') > 0)
),
g AS (
    SELECT e.name AS entity, k.name AS cause, g.slot,
        max(g.from_ts, :from) AS a,
        min(coalesce(g.to_ts + coalesce(
            (SELECT step_s FROM scan_grid WHERE scan = g.scan AND valid_from <= g.from_ts
             ORDER BY valid_from DESC LIMIT 1), 0), :to), :to) AS z,
        g.to_ts IS NULL AS goes_on
    FROM gap AS g
    JOIN cause AS k ON k.id = g.cause
    LEFT JOIN scan AS s ON s.id = g.scan
    LEFT JOIN entity AS e ON e.id = s.entity
    WHERE g.from_ts < :to AND (g.to_ts IS NULL OR g.to_ts >= :from)
        AND (g.scan IS NULL OR e.kind = 'rack' AND e.name = :rack
            OR e.kind = 'device' AND e.name IN (SELECT key FROM d))
)
SELECT entity, cause, count(*), sum(z - a), min(a), max(z), max(goes_on), count(DISTINCT slot)
FROM g
GROUP BY entity, cause, slot IS NULL
ORDER BY sum(z - a) DESC, entity, cause
LIMIT :most
