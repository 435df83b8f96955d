-- SPDX-License-Identifier: Apache-2.0
-- Writes only what differs: an open changes nothing in a file that is up to date.
INSERT INTO quantity (id, name, unit, kind) VALUES (:id, :name, :unit, :kind)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, unit = excluded.unit, kind = excluded.kind
WHERE name <> excluded.name OR unit <> excluded.unit OR kind <> excluded.kind
