-- SPDX-License-Identifier: Apache-2.0
-- Over what stood there a ring's length ago, but not over the same instant.
INSERT INTO hot (id, ts, back, w, v, five_w, five) VALUES (:id, :ts, :back, :w, :v, :five_w, :five)
ON CONFLICT (id) DO UPDATE SET
    ts = excluded.ts, back = excluded.back, w = excluded.w, v = excluded.v,
    five_w = excluded.five_w, five = excluded.five
WHERE ts <> excluded.ts
