-- SPDX-License-Identifier: Apache-2.0
-- Power and energy series of all devices, by device and part.
SELECT DISTINCT series, entity, part, quantity, main
FROM v_series
WHERE entity_kind = 'device' AND quantity IN ('power_w', 'energy_wh')
ORDER BY entity, part, series
