-- SPDX-License-Identifier: Apache-2.0
-- Writes only what differs.
INSERT INTO cause (id, name) VALUES (:id, :name)
ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE name <> excluded.name
