-- SPDX-License-Identifier: Apache-2.0
-- Samples and hours of the newest finished day, and what a sample takes in the newest hour: bytes of
-- its rows by what stands in them.
WITH newest (hour, samples) AS (
    SELECT hour, samples FROM period WHERE raw = 1 AND samples > 0 ORDER BY hour DESC LIMIT 24
),
last (hour, samples) AS (SELECT hour, samples FROM newest ORDER BY hour DESC LIMIT 1)
SELECT (SELECT sum(samples) FROM newest), (SELECT count(*) FROM newest),
    (SELECT sum(length(c.v) + 40) * 1.0 / w.samples
     FROM last AS w
     CROSS JOIN chunk AS c ON c.id >= w.hour / 3600 << 32 AND c.id < w.hour / 3600 + 1 << 32),
    (SELECT sum(length(r.v) + coalesce(length(r.n), 0) + 20) * 1.0 / w.samples
     FROM last AS w
     CROSS JOIN rollup_5m AS r ON r.id >= w.hour / 3600 << 32 AND r.id < w.hour / 3600 + 1 << 32)
