-- SPDX-License-Identifier: Apache-2.0
-- Hours that the period touches, finished and open.
SELECT hour FROM source.period WHERE hour > :from - 3600 AND hour < :to
UNION SELECT hour FROM source.open_hour WHERE hour > :from - 3600 AND hour < :to
ORDER BY hour
