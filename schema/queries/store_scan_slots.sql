-- SPDX-License-Identifier: Apache-2.0
-- How long a row of the scan is; vanished points keep their place.
SELECT coalesce(max(slot) + 1, 0) FROM point WHERE scan = :scan
