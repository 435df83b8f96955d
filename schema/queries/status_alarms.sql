-- SPDX-License-Identifier: Apache-2.0
-- Devices that say that something is wrong with them: critical, with a warning; without those that
-- announced work covers.
SELECT total(alarm = 2), total(alarm = 1) FROM alert_device_state
