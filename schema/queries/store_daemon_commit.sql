-- SPDX-License-Identifier: Apache-2.0
-- A commit without samples (:last_ts NULL) leaves last_ts as it is.
UPDATE daemon
SET last_commit = :now,
    last_ts = max(coalesce(last_ts, :last_ts), coalesce(:last_ts, last_ts))
WHERE id = 1
