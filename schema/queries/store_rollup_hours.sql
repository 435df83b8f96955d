-- SPDX-License-Identifier: Apache-2.0
-- Finished hours, and which tiers still have them.
SELECT hour, raw, r5, h1 FROM period WHERE hour >= :from AND hour < :to ORDER BY hour
