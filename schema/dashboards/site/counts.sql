-- SPDX-License-Identifier: Apache-2.0
-- One row: live racks, and how many of them or of devices are in each state that needs a person.
SELECT
    CAST((SELECT count(*) FROM v_rack WHERE status = 'live') AS REAL) AS racks,
    CAST(coalesce(b.over, 0) AS REAL) AS over,
    CAST(coalesce(b.near, 0) AS REAL) AS near,
    CAST(coalesce(h.hot, 0) AS REAL) AS hot,
    CAST(coalesce(h.warm, 0) AS REAL) AS warm,
    CAST(coalesce(s.silent, 0) AS REAL) AS silent,
    CAST(coalesce(s.planned, 0) AS REAL) AS planned
FROM (
    SELECT sum(state = 'over') AS over, sum(state = 'warn') AS near
    FROM alert_over_budget WHERE rack IS NOT NULL
) AS b
CROSS JOIN (SELECT sum(state = 'hot') AS hot, sum(state = 'warm') AS warm FROM alert_hot_inlet) AS h
CROSS JOIN (
    SELECT sum(NOT planned) AS silent, sum(planned) AS planned
    FROM v_device_state WHERE state IN ('suspect', 'dormant')
) AS s
