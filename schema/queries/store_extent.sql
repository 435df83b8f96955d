-- SPDX-License-Identifier: Apache-2.0
-- How long hot's ring is.
SELECT hot_ring_s FROM store WHERE id = 1
