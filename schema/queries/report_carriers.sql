-- SPDX-License-Identifier: Apache-2.0
-- Energy carriers in force at :at: those of rackmeter.yaml (carriers), and for what it does not
-- name the weights that PUE gives to energy other than electricity. ISO/IEC 30134-2 and
-- EN 50600-4-2 ask for such weights; these are the global ones of The Green Grid's white paper 49
-- (PUE: A Comprehensive Examination of the Metric, 2012) as remembered. Its table was not at hand,
-- so they are not checked, which the report says of each that it uses. To check them:
-- datacenters.lbl.gov has the paper (WP49-PUE A Comprehensive Examination of the Metric_v6.pdf);
-- the weight of condenser water came with Recommendations for Measuring and Reporting Overall Data
-- Center Efficiency, version 2, May 2011. Write those of the edition that you report by into
-- rackmeter.yaml. Energy of a unit of fuel: as in the fact sheet on EN 50600-4 of
-- ictfootprint.eu (diesel 9.9 kWh/l, gas 10.5 kWh/m3).
WITH standard (name, unit, kwh_per_unit, weight, source) AS (
    VALUES
    ('electricity', 'kWh', 1.0, 1.0, 'by definition'),
    ('natural_gas', 'm3', 10.5, 0.35, 'after The Green Grid WP 49, not checked'),
    ('fuel_oil', 'l', 9.9, 0.35, 'after The Green Grid WP 49, not checked'),
    ('diesel', 'l', 9.9, 0.35, 'after The Green Grid WP 49, not checked'),
    ('other_fuel', 'kWh', 1.0, 0.35, 'after The Green Grid WP 49, not checked'),
    ('district_chilled_water', 'kWh', 1.0, 0.4, 'after The Green Grid WP 49, not checked'),
    ('district_hot_water', 'kWh', 1.0, 0.4, 'after The Green Grid WP 49, not checked'),
    ('district_steam', 'kWh', 1.0, 0.4, 'after The Green Grid WP 49, not checked'),
    ('condenser_water', 'kWh', 1.0, 0.03, 'after The Green Grid WP 49, not checked')
),
told (name, what, value) AS (
    SELECT substr(s.key, 10, length(s.key) - 9 - length(w.what) - 1), w.what, s.value
    FROM setting AS s
    JOIN (SELECT 'unit' AS what UNION ALL SELECT 'kwh_per_unit' UNION ALL SELECT 'weight'
          UNION ALL SELECT 'source') AS w
        ON s.key LIKE 'carriers.%.' || w.what
    WHERE s.corrected_by IS NULL AND s.valid_from <= :at
        AND (s.valid_to IS NULL OR s.valid_to > :at)
        AND NOT EXISTS (
            SELECT 1 FROM setting AS later
            WHERE later.key = s.key AND later.corrected_by IS NULL
                AND later.valid_from > s.valid_from AND later.valid_from <= :at
                AND (later.valid_to IS NULL OR later.valid_to > :at))
)
SELECT t.name,
    max(CASE t.what WHEN 'unit' THEN t.value END),
    CAST(max(CASE t.what WHEN 'kwh_per_unit' THEN t.value END) AS REAL),
    CAST(max(CASE t.what WHEN 'weight' THEN t.value END) AS REAL),
    coalesce(max(CASE t.what WHEN 'source' THEN t.value END), ''),
    1
FROM told AS t
GROUP BY t.name
UNION ALL
SELECT s.name, s.unit, s.kwh_per_unit, s.weight, s.source, 0
FROM standard AS s
WHERE s.name NOT IN (SELECT name FROM told)
ORDER BY 1
