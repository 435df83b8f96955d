-- SPDX-License-Identifier: Apache-2.0
-- One row: the collector now: seconds since its last commit, rows it dropped in this and the last hour,
-- how long the oldest open hour waits to be finished, and the level of the worst of these.
SELECT
    CAST(max(CASE part WHEN 'writer' THEN value END) AS REAL) AS age_s,
    CAST(max(CASE part WHEN 'queue' THEN value END) AS REAL) AS dropped,
    CAST(max(CASE part WHEN 'hours' THEN value END) AS REAL) AS waits_s,
    CAST(max(alarm) AS REAL) AS alarm
FROM alert_collector_behind
