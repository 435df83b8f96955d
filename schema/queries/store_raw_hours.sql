-- SPDX-License-Identifier: Apache-2.0
-- Finished hours that still have their samples.
SELECT hour FROM period WHERE hour >= :from AND hour <= :to AND raw = 1 ORDER BY hour
