-- SPDX-License-Identifier: Apache-2.0
-- OR REPLACE: one that stood in both tables (db verify tells of it) is mended, not tried for ever.
INSERT OR REPLACE INTO chunk_dense (id, step, phase, n, base, low, m, k, c, sum, gone, v)
VALUES (:id, :step, :phase, :n, :base, :low, :m, :k, :c, :sum, :gone, :v)
