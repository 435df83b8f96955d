-- SPDX-License-Identifier: Apache-2.0
-- Limits that are passed, for a collector that starts.
SELECT entity_kind, entity, part, quantity, level, since FROM v_limit_state WHERE level <> 'ok'
