-- SPDX-License-Identifier: Apache-2.0
-- An hour as it is now; no row: it is open.
SELECT raw, r5, h1, first_ts, last_ts FROM source.period WHERE hour = :hour
