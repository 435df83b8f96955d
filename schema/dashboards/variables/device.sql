-- SPDX-License-Identifier: Apache-2.0
-- Devices in force, by name.
SELECT name FROM v_device ORDER BY name
