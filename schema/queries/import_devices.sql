-- SPDX-License-Identifier: Apache-2.0
-- Devices that values may be of: those of the inventory, now or once, and those with series.
SELECT key FROM device
UNION
SELECT name FROM entity WHERE kind = 'device'
ORDER BY 1
