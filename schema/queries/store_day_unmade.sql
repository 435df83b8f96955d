-- SPDX-License-Identifier: Apache-2.0
-- Where the first day begins that is still to be had from hours.
SELECT from_ts FROM civil_day WHERE d1 = 0 ORDER BY to_ts LIMIT 1
