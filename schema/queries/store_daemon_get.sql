-- SPDX-License-Identifier: Apache-2.0
-- The last run, and where the time in which no collector ran ends that is told already.
SELECT last_ts, stopped, (SELECT max(to_ts) FROM gap WHERE scan IS NULL) FROM daemon WHERE id = 1
