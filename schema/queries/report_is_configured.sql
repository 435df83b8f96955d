-- SPDX-License-Identifier: Apache-2.0
-- 1 when a configuration was ever put into force.
SELECT EXISTS (SELECT 1 FROM config_load WHERE ok = 1)
