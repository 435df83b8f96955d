-- SPDX-License-Identifier: Apache-2.0
-- Hours that have samples, and whether they are still in the ring.
SELECT hour, 1 FROM open_hour WHERE hour >= :from AND hour <= :to
UNION ALL
SELECT hour, 0 FROM period WHERE hour >= :from AND hour <= :to AND raw = 1
ORDER BY 1
