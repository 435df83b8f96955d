-- SPDX-License-Identifier: Apache-2.0
INSERT INTO chunk_dense (id, step, phase, n, base, low, m, k, c, sum, gone, v)
VALUES (:id, :step, :phase, :n, :base, :low, :m, :k, :c, :sum, :gone, :v)
