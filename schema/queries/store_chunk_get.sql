-- SPDX-License-Identifier: Apache-2.0
-- One point's hour, from where it stands: in one statement, so that it cannot move in between.
SELECT 0, step, phase, n, base, v, w, slope, seg, sw, NULL FROM chunk WHERE id = :id
UNION ALL
SELECT 1, step, phase, n, base, v, c, low, k, m, gone FROM chunk_dense WHERE id = :id
