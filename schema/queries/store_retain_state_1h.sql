-- SPDX-License-Identifier: Apache-2.0
DELETE FROM state_1h WHERE id IN (
    SELECT id FROM state_1h WHERE id < :before ORDER BY id LIMIT 2000
)
