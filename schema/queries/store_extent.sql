-- SPDX-License-Identifier: Apache-2.0
-- Ring length, and the first and last instant that can be stored: spares looking where nothing is.
SELECT hot_ring_s, (SELECT min(slot) FROM hot), (SELECT max(slot) FROM hot)
FROM store WHERE id = 1
