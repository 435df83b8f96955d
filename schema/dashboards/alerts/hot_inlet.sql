-- SPDX-License-Identifier: Apache-2.0
-- Racks with an inlet above what is recommended (1) or allowed (2).
SELECT hall, rack, CAST(alarm AS REAL) AS alarm
FROM alert_hot_inlet
WHERE alarm > 0
