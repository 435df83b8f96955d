-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO rollup_5m (id, f, w, base, slope, v, "full", n)
VALUES (:id, :f, :w, :base, :slope, :v, :full, :n)
