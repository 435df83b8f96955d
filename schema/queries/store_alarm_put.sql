-- SPDX-License-Identifier: Apache-2.0
INSERT INTO alarm (entity, part, quantity, state, severity, from_ts, to_ts)
VALUES (:entity, :part, :quantity, :state, :severity, :from, :to)
ON CONFLICT (entity, part, quantity, state, from_ts) DO UPDATE SET
    severity = excluded.severity, to_ts = excluded.to_ts
