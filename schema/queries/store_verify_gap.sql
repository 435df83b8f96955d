-- SPDX-License-Identifier: Apache-2.0
-- One gap, and whether anything was imported since it began.
SELECT coalesce(g.scan, 0), g.from_ts, g.to_ts, g.n,
    EXISTS (SELECT 1 FROM event AS v WHERE v.kind = 'import' AND v.ts >= g.from_ts),
    coalesce(x.name, 'cause ' || g.cause)
FROM gap AS g
LEFT JOIN cause AS x ON x.id = g.cause
WHERE g.id = :id
