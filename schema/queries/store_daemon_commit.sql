-- SPDX-License-Identifier: Apache-2.0
UPDATE daemon SET last_commit = :now, last_ts = max(coalesce(last_ts, :last_ts), :last_ts)
WHERE id = 1
