-- SPDX-License-Identifier: Apache-2.0
SELECT day, from_ts, to_ts FROM civil_day ORDER BY day
