-- SPDX-License-Identifier: Apache-2.0
SELECT f, w, base, v, mw, mbase, m, "full", n FROM rollup_1h WHERE id = :id
