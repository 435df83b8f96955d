-- SPDX-License-Identifier: Apache-2.0
UPDATE store SET dense_id = :seen WHERE id = 1
