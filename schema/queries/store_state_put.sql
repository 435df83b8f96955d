-- SPDX-License-Identifier: Apache-2.0
INSERT INTO device_state (entity, state, since, cause) VALUES (:entity, :state, :ts, :cause)
ON CONFLICT (entity) DO UPDATE SET state = excluded.state, cause = excluded.cause,
    since = CASE WHEN state = excluded.state THEN since ELSE excluded.since END
