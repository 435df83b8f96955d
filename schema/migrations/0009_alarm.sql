-- SPDX-License-Identifier: Apache-2.0
-- What devices said that needs a person: a state or an alarm bit that its profile calls warning or
-- critical, from when to when. Written by the collector on change, so that nobody has to look
-- through samples for it.
CREATE TABLE alarm (
    entity      INTEGER NOT NULL REFERENCES entity, -- device
    part        TEXT NOT NULL,          -- psu 2
    quantity    INTEGER NOT NULL REFERENCES quantity, -- state, alarm_flags
    state       INTEGER NOT NULL,       -- the device's integer; of flags the bit
    severity    TEXT NOT NULL,          -- warning critical
    from_ts     INTEGER NOT NULL,
    to_ts       INTEGER,                -- the first instant without it; NULL: it lasts
    PRIMARY KEY (entity, part, quantity, state, from_ts)
) WITHOUT ROWID;
CREATE INDEX alarm_to ON alarm (to_ts, from_ts);

-- Points that may be an alarm: who tells states at all.
CREATE INDEX point_alarms ON point (series) WHERE severities <> '{}';
