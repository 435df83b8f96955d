-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO chunk
    (id, step, phase, n, w, base, slope, seg, sw, min, max, sum, count, first, last, v)
VALUES (:id, :step, :phase, :n, :w, :base, :slope, :seg, :sw, :min, :max, :sum, :count, :first, :last, :v)
