-- SPDX-License-Identifier: Apache-2.0
-- Up to when hours stand in the denser form, and what a sample takes in the newest of them.
WITH last (hour) AS (SELECT max(id) >> 32 FROM chunk_dense)
SELECT l.hour * 3600 + 3600,
    (SELECT sum(length(d.v) + coalesce(length(CAST(d.gone AS BLOB)), 0) + 38) * 1.0
         / sum(d.n - coalesce(length(d.gone), 0))
     FROM chunk_dense AS d WHERE d.id >= l.hour << 32 AND d.id < l.hour + 1 << 32)
FROM last AS l
