-- SPDX-License-Identifier: Apache-2.0
INSERT INTO limit_state (entity, part, quantity, level, since, value, "limit")
VALUES (:entity, :part, :quantity, :level, :ts, :value, :limit)
ON CONFLICT (entity, part, quantity) DO UPDATE SET
    level = excluded.level, since = excluded.since, value = excluded.value, "limit" = excluded."limit"
