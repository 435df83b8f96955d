-- SPDX-License-Identifier: Apache-2.0
-- Gaps that a killed daemon left open end with the last instant it stored.
UPDATE gap
SET to_ts = max(from_ts, :last_ts),
    n = coalesce((max(from_ts, :last_ts) - from_ts) / (
        SELECT step_s FROM scan_grid AS g WHERE g.scan = gap.scan
        ORDER BY valid_from DESC LIMIT 1
    ) + 1, 0)
WHERE to_ts IS NULL AND scan IS NOT NULL
