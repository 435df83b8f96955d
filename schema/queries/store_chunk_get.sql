-- SPDX-License-Identifier: Apache-2.0
-- One point's hour.
SELECT step, phase, n, w, base, slope, v, count, seg, sw FROM chunk WHERE id = :id
