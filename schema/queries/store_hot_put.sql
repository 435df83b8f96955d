-- SPDX-License-Identifier: Apache-2.0
-- Over what stood there a ring's length ago, but not over the same instant.
INSERT INTO hot (id, ts, back, w, v) VALUES (:id, :ts, :back, :w, :v)
ON CONFLICT (id) DO UPDATE SET ts = excluded.ts, back = excluded.back, w = excluded.w, v = excluded.v
WHERE ts <> excluded.ts
