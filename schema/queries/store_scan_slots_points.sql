-- SPDX-License-Identifier: Apache-2.0
-- Which point a place in the rows of a scan belongs to.
SELECT slot, id FROM point WHERE scan = :scan ORDER BY slot
