-- SPDX-License-Identifier: Apache-2.0
-- The points that have a chunk of an hour.
SELECT id & 4294967295 FROM chunk WHERE id >= :from AND id < :to ORDER BY id
