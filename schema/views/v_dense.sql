-- SPDX-License-Identifier: Apache-2.0
-- chunk_dense position by position: ts is hour + at, raw the device's integer. The sums of an hour
-- are made once and handed on as JSON, whose positions are keys: a plain subquery would be put into
-- each of its uses, or made for all hours before one is asked for. Say the id.
CREATE VIEW v_dense AS
SELECT
    d.id,
    d.step,
    d.phase + j.key * d.step AS at,
    j.value AS raw
FROM chunk_dense AS d
CROSS JOIN json_each((
    SELECT json_group_array(u.raw)
    FROM (
        SELECT d.base + d.low * i.i + sum(CASE d.c
                WHEN 0 THEN 0
                WHEN 1 THEN unicode(substr(d.v, i.i / d.k + 1, 1)) - 1
                WHEN 2 THEN unicode(substr(d.v, i.i / d.k * 2 + 1, 1))
                    + unicode(substr(d.v, i.i / d.k * 2 + 2, 1)) * 127 - 128
                WHEN 3 THEN unicode(substr(d.v, i.i / d.k * 3 + 1, 1))
                    + unicode(substr(d.v, i.i / d.k * 3 + 2, 1)) * 127
                    + unicode(substr(d.v, i.i / d.k * 3 + 3, 1)) * 16129 - 16257
                ELSE unicode(substr(d.v, i.i / d.k * 4 + 1, 1))
                    + unicode(substr(d.v, i.i / d.k * 4 + 2, 1)) * 127
                    + unicode(substr(d.v, i.i / d.k * 4 + 3, 1)) * 16129
                    + unicode(substr(d.v, i.i / d.k * 4 + 4, 1)) * 2048383 - 2064640
            END / CASE i.i % d.k
                WHEN 0 THEN 1
                WHEN 1 THEN d.m
                WHEN 2 THEN d.m * d.m
                WHEN 3 THEN d.m * d.m * d.m
                WHEN 4 THEN d.m * d.m * d.m * d.m
                ELSE d.m * d.m * d.m * d.m * d.m
            END % d.m) OVER (ORDER BY i.i ROWS UNBOUNDED PRECEDING) AS raw
        FROM tick AS i
        WHERE i.i < d.n
    ) AS u
)) AS j
WHERE d.gone IS NULL OR instr(d.gone, char(j.key + 1)) = 0;
