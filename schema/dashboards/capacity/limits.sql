-- SPDX-License-Identifier: Apache-2.0
-- Limits of budgets.csv in force now, beside the newest power of what they are about (the site: its
-- facility side). Demand over their own window: report racks.
SELECT
    b.scope || '' AS scope, b.scope_id || '' AS id, b.measure || '' AS measure,
    CAST(b.value AS REAL) AS value, b.unit || '' AS unit, coalesce(b.window, '') || '' AS window,
    CAST((
        SELECT l.value FROM v_latest AS l
        WHERE l.entity_kind = b.scope AND l.quantity = 'power_w'
            AND l.part = CASE b.scope WHEN 'site' THEN 'facility' ELSE 'total' END
            AND (b.scope = 'site' OR l.entity = b.scope_id)
        LIMIT 1
    ) / 1000 AS REAL) AS now_kw,
    coalesce(b.source, '') || '' AS source
FROM v_budget AS b
ORDER BY b.scope, b.scope_id, b.measure
