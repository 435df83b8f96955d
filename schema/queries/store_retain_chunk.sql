-- SPDX-License-Identifier: Apache-2.0
DELETE FROM chunk WHERE id IN (
    SELECT id FROM chunk WHERE id < :before ORDER BY id LIMIT 2000
)
