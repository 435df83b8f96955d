-- SPDX-License-Identifier: Apache-2.0
-- Feeds that would come near their rating (1) or over it (2) if another feed of their rack were lost.
SELECT hall, rack, circuit, CAST(alarm AS REAL) AS alarm
FROM alert_failover_violation
WHERE alarm > 0
