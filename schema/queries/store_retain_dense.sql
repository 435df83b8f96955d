-- SPDX-License-Identifier: Apache-2.0
DELETE FROM chunk_dense WHERE id IN (
    SELECT id FROM chunk_dense WHERE id < :before ORDER BY id LIMIT 2000
)
