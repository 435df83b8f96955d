-- SPDX-License-Identifier: Apache-2.0
-- The ratio of the last 24 hours above the design (1), or below 1, which cannot be (2).
SELECT hall, CAST(alarm AS REAL) AS alarm
FROM alert_pue_out_of_range
WHERE alarm > 0
