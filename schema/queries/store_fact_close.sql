-- SPDX-License-Identifier: Apache-2.0
UPDATE device_fact SET valid_to = max(valid_from, :ts)
WHERE entity = :entity AND key = :key AND valid_to IS NULL
