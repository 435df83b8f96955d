-- SPDX-License-Identifier: Apache-2.0
-- A row came late: what was summed no longer holds all.
DELETE FROM hot_5m WHERE id = :id
