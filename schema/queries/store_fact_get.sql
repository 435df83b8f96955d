-- SPDX-License-Identifier: Apache-2.0
SELECT value FROM device_fact WHERE entity = :entity AND key = :key AND valid_to IS NULL
