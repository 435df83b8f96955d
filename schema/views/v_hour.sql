-- SPDX-License-Identifier: Apache-2.0
-- The UTC hours of the store by their first second: finished 1: it was packed, with how many samples,
-- its first and last instant, and whether samples (raw), 5-minute (r5) and hourly rows (h1) are still
-- there; 0: it is open, and none of that is known.
CREATE VIEW v_hour AS
SELECT
    hour AS ts, CAST(1 AS INTEGER) AS finished, CAST(samples AS INTEGER) AS samples, first_ts, last_ts,
    raw, r5, h1
FROM period
UNION ALL
SELECT
    hour, CAST(0 AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER),
    CAST(NULL AS INTEGER), CAST(NULL AS INTEGER), CAST(NULL AS INTEGER)
FROM open_hour;
