-- SPDX-License-Identifier: Apache-2.0
-- One row: size of the file, free room in it, and samples of the last 24 finished hours.
SELECT
    CAST(s.bytes AS REAL) AS bytes,
    CAST(s.free_bytes AS REAL) AS free_bytes,
    CAST(h.samples AS REAL) AS samples,
    CAST(h.hours AS REAL) AS hours
FROM v_store_size AS s
CROSS JOIN (
    SELECT sum(samples) AS samples, count(*) AS hours FROM v_hour
    WHERE finished = 1 AND ts >= unixepoch() / 3600 * 3600 - 86400
) AS h
