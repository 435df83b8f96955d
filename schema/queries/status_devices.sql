-- SPDX-License-Identifier: Apache-2.0
-- Devices in force at :at by health; planned: the rack is planned, or the operating log says so.
WITH d AS (
    SELECT * FROM device AS this
    WHERE corrected_by IS NULL AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
        AND NOT EXISTS (
            SELECT 1 FROM device AS later
            WHERE later.key = this.key AND later.corrected_by IS NULL
                AND later.valid_from > this.valid_from AND later.valid_from <= :at
                AND (later.valid_to IS NULL OR later.valid_to > :at))
),
named AS (
    SELECT d.key, coalesce(ds.state, 'unknown') AS state, ds.since, k.name AS cause,
        EXISTS (
            SELECT 1 FROM rack AS r
            WHERE r.key = d.rack AND r.corrected_by IS NULL AND r.status = 'planned'
                AND r.valid_from <= :at AND (r.valid_to IS NULL OR r.valid_to > :at))
        OR EXISTS (
            SELECT 1 FROM log AS l
            WHERE l.kind = 'planned' AND l.corrected_by IS NULL
                AND (l.valid_to IS NULL OR l.valid_to > :at)
                AND l.from_ts <= :at AND l.to_ts > :at
                AND ((l.scope = 'device' AND l.scope_id = d.key)
                    OR (l.scope = 'rack' AND l.scope_id = d.rack)
                    OR (l.scope = 'circuit' AND l.scope_id = d.circuit))) AS planned
    FROM d
    LEFT JOIN entity AS e ON e.kind = 'device' AND e.name = d.key
    LEFT JOIN device_state AS ds ON ds.entity = e.id
    LEFT JOIN cause AS k ON k.id = ds.cause
)
SELECT key, state, since, cause, planned FROM named ORDER BY key
