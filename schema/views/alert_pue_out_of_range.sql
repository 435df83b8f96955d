-- SPDX-License-Identifier: Apache-2.0
-- Energy over energy of the last 24 finished hours outside of what it should be: above the PUE that the
-- site was designed for (budgets.csv, measure pue), or below 1, which no site has: a meter is missing
-- in the boundary, counted twice, or wrong. One row at most; none when less than 95 % of the hours are
-- paired (v_pue_1h), for nothing is known then. Without such a budget only the impossible is told. Halls
-- are not covered: the collector stores no sums of their boundaries.
CREATE VIEW alert_pue_out_of_range AS
WITH last AS MATERIALIZED (
    SELECT unixepoch() / 3600 * 3600 AS ts
),
day AS MATERIALIZED (
    SELECT
        p.site, sum(CASE WHEN p.paired THEN p.facility_wh END) / sum(CASE WHEN p.paired THEN p.it_wh END)
            AS ratio,
        sum(p.paired) * 100.0 / 24 AS coverage_pct
    FROM v_pue_1h AS p
    WHERE p.ts >= unixepoch() / 3600 * 3600 - 86400 AND p.ts < unixepoch() / 3600 * 3600
    GROUP BY p.site
),
told AS MATERIALIZED (
    SELECT
        d.*, (
            SELECT value FROM v_budget
            WHERE scope = 'site' AND measure = 'pue'
            ORDER BY valid_from DESC, id DESC LIMIT 1
        ) AS designed
    FROM day AS d
    WHERE d.coverage_pct >= 95
)
SELECT
    c.hall, c.key AS rack, u.key AS circuit, s.part, e.name AS device,
    CASE WHEN t.ratio < 1 THEN 'impossible' ELSE 'above design' END AS state,
    CAST(CASE WHEN p.planned THEN 0 WHEN t.ratio < 1 THEN 2 ELSE 1 END AS REAL) AS alarm,
    p.planned, l.ts AS since, CAST(t.ratio AS REAL) AS value,
    CAST(CASE WHEN t.ratio < 1 THEN 1 ELSE t.designed END AS REAL) AS "limit", '1' AS unit,
    CASE WHEN t.ratio < 1
        THEN printf('facility over IT energy of the last 24 h is %.3f: below 1 a meter is missing, wrong or counted twice',
            t.ratio)
        ELSE printf('facility over IT energy of the last 24 h is %.3f, above the designed %.3f', t.ratio,
            t.designed) END || printf(' (%.1f %% of the time)', t.coverage_pct) AS text
FROM told AS t
CROSS JOIN last AS l
CROSS JOIN (SELECT EXISTS (SELECT 1 FROM v_planned WHERE +scope = 'site') AS planned) AS p
LEFT JOIN rack AS c ON c.id = 0
LEFT JOIN circuit AS u ON u.id = 0
LEFT JOIN series AS s ON s.id = 0
LEFT JOIN entity AS e ON e.id = 0
WHERE t.ratio < 1 OR t.ratio > t.designed;
