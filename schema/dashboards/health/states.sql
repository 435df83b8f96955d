-- SPDX-License-Identifier: Apache-2.0
-- One row: devices in force by their health now; planned: those that announced work silences.
SELECT
    CAST(count(*) AS REAL) AS devices,
    CAST(coalesce(sum(state = 'ok'), 0) AS REAL) AS ok,
    CAST(coalesce(sum(state = 'suspect' AND NOT planned), 0) AS REAL) AS suspect,
    CAST(coalesce(sum(state = 'dormant' AND NOT planned), 0) AS REAL) AS dormant,
    CAST(coalesce(sum(state IN ('suspect', 'dormant') AND planned), 0) AS REAL) AS planned,
    CAST(coalesce(sum(state = 'unknown'), 0) AS REAL) AS unknown
FROM v_device_state
