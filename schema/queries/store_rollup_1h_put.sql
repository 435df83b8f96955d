-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO rollup_1h (id, f, w, base, v, mw, mbase, m, "full", n)
VALUES (:id, :f, :w, :base, :v, :mw, :mbase, :m, :full, :n)
