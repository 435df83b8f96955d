-- SPDX-License-Identifier: Apache-2.0
-- Hours in the order of time with the tiers they have.
SELECT hour, raw OR r5 OR h1 FROM period ORDER BY hour
