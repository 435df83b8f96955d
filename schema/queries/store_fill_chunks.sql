-- SPDX-License-Identifier: Apache-2.0
-- The points that have samples of an hour.
SELECT id & 4294967295 FROM chunk WHERE id >= :from AND id < :to
UNION ALL
SELECT id & 4294967295 FROM chunk_dense WHERE id >= :from AND id < :to
ORDER BY 1
