-- SPDX-License-Identifier: Apache-2.0
INSERT INTO view_set (id, hash) VALUES (1, :hash)
ON CONFLICT (id) DO UPDATE SET hash = excluded.hash
