-- SPDX-License-Identifier: Apache-2.0
-- The current points of a scan.
SELECT id, series FROM point WHERE scan = :scan AND valid_to IS NULL
