-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO period (hour, raw, r5, h1, first_ts, last_ts, samples)
VALUES (:hour, 1, 1, 1, :first_ts, :last_ts, :samples)
