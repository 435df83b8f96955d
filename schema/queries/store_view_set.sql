-- SPDX-License-Identifier: Apache-2.0
-- Which set of views the file holds.
SELECT hash FROM view_set WHERE id = 1
