-- SPDX-License-Identifier: Apache-2.0
-- The collector of this database by its host: 0 well, 1 slow, 2 stopped or losing rows. Always a row.
SELECT device, CAST(max(alarm) AS REAL) AS alarm
FROM alert_collector_behind
GROUP BY device
