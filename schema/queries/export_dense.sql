-- SPDX-License-Identifier: Apache-2.0
-- As export_chunks, of what stands in the denser form.
INSERT INTO main.chunk_dense
SELECT d.* FROM temp.want_point AS w
CROSS JOIN source.chunk_dense AS d ON d.id = (:hour / 3600 << 32) + w.point
WHERE w.from_ts <= :hour AND w.to_ts >= :hour + 3600
