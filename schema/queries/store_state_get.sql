-- SPDX-License-Identifier: Apache-2.0
SELECT state, cause FROM device_state WHERE entity = :entity
