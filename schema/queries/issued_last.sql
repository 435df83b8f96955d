-- SPDX-License-Identifier: Apache-2.0
-- What was issued last of this report, period and filters.
SELECT ts, user, formula, program, last_ts, import, load, samples, open_hours, raw_hours, hash,
    figures
FROM issued
WHERE report = :report AND from_ts = :from AND to_ts = :to AND filters = :filters
ORDER BY id DESC
LIMIT 1
