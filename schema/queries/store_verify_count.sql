-- SPDX-License-Identifier: Apache-2.0
-- Points with samples of an hour that has them still.
SELECT (SELECT count(*) FROM chunk WHERE id >= :from AND id < :to)
    + (SELECT count(*) FROM chunk_dense WHERE id >= :from AND id < :to)
FROM period WHERE hour = :hour AND raw = 1
