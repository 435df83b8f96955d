-- SPDX-License-Identifier: Apache-2.0
-- Limits of the air at the inlets of IT equipment by class, ASHRAE TC 9.9, Thermal Guidelines for
-- Data Processing Environments, 5th edition (2021): those of `rackmeter report thermal`.
CREATE VIEW v_thermal_class AS
SELECT 'A1' AS name, 15.0 AS allowable_low_c, 18.0 AS recommended_low_c, 27.0 AS recommended_high_c,
    32.0 AS allowable_high_c
UNION ALL SELECT 'A2', 10.0, 18.0, 27.0, 35.0
UNION ALL SELECT 'A3', 5.0, 18.0, 27.0, 40.0
UNION ALL SELECT 'A4', 5.0, 18.0, 27.0, 45.0
UNION ALL SELECT 'H1', 5.0, 18.0, 22.0, 25.0;
