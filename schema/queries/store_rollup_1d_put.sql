-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO rollup_1d (id, n, "full", f, value, low, high, states)
VALUES (:id, :n, :full, :f, :value, :low, :high, :states)
