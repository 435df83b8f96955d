-- SPDX-License-Identifier: Apache-2.0
-- Of the finished hours of :from..:to: have the samples of any been taken by retention, and its
-- five minutes?
SELECT coalesce(max(raw = 0), 0), coalesce(max(r5 = 0), 0)
FROM period
WHERE hour > :from - 3600 AND hour < :to
