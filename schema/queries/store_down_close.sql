-- SPDX-License-Identifier: Apache-2.0
-- The time in which no daemon ran ends where this one begins.
UPDATE gap SET to_ts = :to_ts WHERE to_ts IS NULL AND scan IS NULL RETURNING id
