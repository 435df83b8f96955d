-- SPDX-License-Identifier: Apache-2.0
-- Phases of feeds near (1) or over (2) their derated rating.
SELECT hall, circuit, part, CAST(alarm AS REAL) AS alarm
FROM alert_over_budget
WHERE circuit IS NOT NULL AND alarm > 0
