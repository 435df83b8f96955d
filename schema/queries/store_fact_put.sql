-- SPDX-License-Identifier: Apache-2.0
INSERT INTO device_fact (entity, key, value, valid_from) VALUES (:entity, :key, :value, :ts)
ON CONFLICT (entity, key, valid_from) DO UPDATE SET value = excluded.value, valid_to = NULL
