-- SPDX-License-Identifier: Apache-2.0
SELECT f, w, base, slope, v, "full", n FROM rollup_5m WHERE id = :id
