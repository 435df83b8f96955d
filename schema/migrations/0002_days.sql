-- SPDX-License-Identifier: Apache-2.0
-- The daily tier: civil days of the site's zone, what a point comes to in each, for ever; and how
-- long states lasted. Pages are filled in the order of their keys.

-- From the first year with samples to the end of the next. day counts local dates since
-- 1970-01-01. Days are 23 to 25 hours long (or what a change of zone leaves); each begins where the
-- one before ended. d1 is the switch: 1 means that rollup_1d has the whole of the day; 0 that it is
-- to be had from hours.
CREATE TABLE civil_day (
    day         INTEGER PRIMARY KEY,
    date        TEXT NOT NULL,          -- 2026-11-23
    from_ts     INTEGER NOT NULL,
    to_ts       INTEGER NOT NULL,       -- first second behind it
    d1          INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX civil_day_from ON civil_day (from_ts);
CREATE INDEX civil_day_todo ON civil_day (to_ts) WHERE d1 = 0;

-- One row per point and civil day; id = (day << 32) + point. Raw integers of the point: value is in
-- 1/f steps: the mean of a gauge, the last of a counter, the greatest of a state, the OR of flags.
-- low and high: the least and the greatest, of a counter the first and the last. n of "full" samples
-- on the grid are there. states: seconds of each, as JSON; NULL: the same state all day (low = high),
-- or not known, or no state.
CREATE TABLE rollup_1d (
    id          INTEGER PRIMARY KEY,
    n           INTEGER NOT NULL,
    "full"      INTEGER NOT NULL,
    f           INTEGER NOT NULL,
    value       INTEGER NOT NULL,
    low         INTEGER NOT NULL,
    high        INTEGER NOT NULL,
    states      TEXT
);

-- Hours in which a state changed: samples of each, as JSON. One row per point and hour, id as in
-- chunk. Where rollup_1h has its least and its greatest equal, that was the state all the time.
CREATE TABLE state_1h (
    id          INTEGER PRIMARY KEY,
    states      TEXT NOT NULL
);
