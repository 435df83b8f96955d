-- SPDX-License-Identifier: Apache-2.0
-- Racks near (1) or over (2) their power budget.
SELECT hall, rack, CAST(alarm AS REAL) AS alarm
FROM alert_over_budget
WHERE rack IS NOT NULL AND alarm > 0
