-- SPDX-License-Identifier: Apache-2.0
-- The tables of rackmeter. Times are whole UTC seconds since 1970. Append-only:
-- once a version is released its migration is never edited; a change is a new file.

PRAGMA application_id = 1380010829;  -- "RAKM": the file is ours

CREATE TABLE migration (         -- which of these files made this database what it is
    n           INTEGER PRIMARY KEY,    -- also PRAGMA user_version
    name        TEXT NOT NULL,
    applied     INTEGER NOT NULL,
    version     TEXT NOT NULL           -- of the program that did it
);

CREATE TABLE view_set (          -- one row: which set of views the file holds
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    hash        TEXT NOT NULL           -- over schema/views/*.sql
);

-- ---- what is measured ------------------------------------------------------

CREATE TABLE quantity (          -- kept equal to schema/quantities.csv at every open
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,   -- power_w
    unit        TEXT NOT NULL,          -- W
    kind        TEXT NOT NULL           -- gauge counter state flags text
);

CREATE TABLE cause (             -- why a reading is absent; kept equal to base/cause.h
    id          INTEGER PRIMARY KEY,
    name        TEXT NOT NULL
);

CREATE TABLE entity (            -- whatever can own a series; a rename keeps the id
    id          INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,          -- device rack circuit hall row tenant site
    name        TEXT NOT NULL,
    UNIQUE (kind, name)
);

CREATE TABLE series (            -- identity: this quantity of this part of this entity
    id          INTEGER PRIMARY KEY,
    entity      INTEGER NOT NULL REFERENCES entity,
    part        TEXT NOT NULL,          -- inlet, phase L1, outlet 7, sensor 1, total
    quantity    INTEGER NOT NULL REFERENCES quantity,
    label       TEXT NOT NULL DEFAULT '', -- the name the device gives the part
    main        INTEGER NOT NULL DEFAULT 0, -- 1: adds up to what the device measures as a whole
    phase       INTEGER NOT NULL DEFAULT 0, -- 1..3: phase of the main input
    UNIQUE (entity, part, quantity)
);

CREATE TABLE scan (              -- one device x one interval group: a stored row per instant
    id          INTEGER PRIMARY KEY,
    entity      INTEGER NOT NULL REFERENCES entity,
    name        TEXT NOT NULL,          -- the interval group: main, 60s
    UNIQUE (entity, name)
);

CREATE TABLE scan_grid (         -- instants are k * step_s + phase_s; an interval change is a row
    scan        INTEGER NOT NULL REFERENCES scan,
    valid_from  INTEGER NOT NULL,
    step_s      INTEGER NOT NULL,
    phase_s     INTEGER NOT NULL,
    PRIMARY KEY (scan, valid_from)
) WITHOUT ROWID;

CREATE TABLE point (             -- a storage epoch of a series: value = raw * mul / div + offset
    id          INTEGER PRIMARY KEY,
    series      INTEGER NOT NULL REFERENCES series,
    scan        INTEGER NOT NULL REFERENCES scan,
    slot        INTEGER NOT NULL,       -- place in the rows of the scan, from 0; never reused
    kind        TEXT NOT NULL,
    mul         INTEGER NOT NULL,
    div         INTEGER NOT NULL,
    offset      REAL NOT NULL,
    names       TEXT,                   -- states and flags: JSON object value -> name
    valid_from  INTEGER NOT NULL,
    valid_to    INTEGER,                -- NULL: the current one
    UNIQUE (scan, slot)
);
CREATE INDEX point_series ON point (series, valid_from);

-- ---- samples ---------------------------------------------------------------

-- The ring of recent polls: one row per scan and instant, v a JSON array of raw
-- integers by slot, null where absent. slot = ts mod store.hot_ring_s, so a full ring
-- is overwritten in place. Its rows count only while their hour is in open_hour: what
-- is left of a finished hour is waste until it is overwritten.
CREATE TABLE hot (
    slot        INTEGER NOT NULL,
    scan        INTEGER NOT NULL,
    ts          INTEGER NOT NULL,
    v           TEXT NOT NULL,
    PRIMARY KEY (slot, scan)
) WITHOUT ROWID;

CREATE TABLE store (             -- one row: how samples are kept
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    hot_ring_s  INTEGER NOT NULL
);
INSERT INTO store VALUES (1, 10800);

-- The switch between the two forms of a sample: an hour is either in open_hour (read hot)
-- or in period (read chunk), and passes from one to the other in one transaction.
CREATE TABLE open_hour (
    hour        INTEGER PRIMARY KEY     -- its first second
);

CREATE TABLE period (            -- a finished hour, and which tiers still have it
    hour        INTEGER PRIMARY KEY,    -- its first second
    raw         INTEGER NOT NULL,       -- 1: chunk
    r5          INTEGER NOT NULL,       -- 1: rollup_5m
    h1          INTEGER NOT NULL,       -- 1: rollup_1h
    first_ts    INTEGER,                -- first and last instant with a sample
    last_ts     INTEGER,
    samples     INTEGER NOT NULL
);

-- One row per point and hour; id = (hour / 3600 << 32) + point. The value at position i (of n)
-- is that of the instant hour + phase + i * step; v holds w bytes per position, then sw bytes per
-- seg positions. schema/README.md has the formula. min, max, first, last are relative to base, sum is that of (raw - base).
CREATE TABLE chunk (
    id          INTEGER PRIMARY KEY,
    step        INTEGER NOT NULL,
    phase       INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    w           INTEGER NOT NULL,
    base        INTEGER NOT NULL,
    slope       INTEGER NOT NULL,
    seg         INTEGER NOT NULL,
    sw          INTEGER NOT NULL,
    min         INTEGER NOT NULL,
    max         INTEGER NOT NULL,
    sum         NUMERIC NOT NULL,
    count       INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    v           BLOB NOT NULL
);

-- One row per point and hour, id as in chunk: 12 values, times f: the mean of a gauge, the last
-- of a counter, the greatest of a state, the OR of flags. n: how many samples each rests on, as
-- 12 characters of 2 bytes less 128; NULL: "full" wherever there is a value.
CREATE TABLE rollup_5m (
    id          INTEGER PRIMARY KEY,
    f           INTEGER NOT NULL,
    w           INTEGER NOT NULL,
    base        INTEGER NOT NULL,
    slope       INTEGER NOT NULL,
    v           BLOB NOT NULL,
    "full"      INTEGER NOT NULL,
    n           BLOB
);

-- One row per point and UTC day; id = (ts / 86400 << 32) + point; positions are hours. v as in
-- rollup_5m (24 values). m: 24 least and 24 greatest values, of counters the first and the last.
-- n: 24 characters of 3 bytes less 2048; NULL: "full" wherever there is a value.
CREATE TABLE rollup_1h (
    id          INTEGER PRIMARY KEY,
    f           INTEGER NOT NULL,
    w           INTEGER NOT NULL,
    base        INTEGER NOT NULL,
    v           BLOB NOT NULL,
    mw          INTEGER NOT NULL,
    mbase       INTEGER NOT NULL,
    m           BLOB NOT NULL,
    "full"      INTEGER NOT NULL,
    n           BLOB
);

CREATE TABLE tick (              -- 0 to 3599: positions, for queries that take blocks apart
    i           INTEGER PRIMARY KEY
);
INSERT INTO tick
WITH RECURSIVE t (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM t WHERE i < 3599)
SELECT i FROM t;

CREATE TABLE gap (               -- why something is absent, run-length
    id          INTEGER PRIMARY KEY,
    scan        INTEGER REFERENCES scan, -- NULL: everything (the daemon was down)
    slot        INTEGER,                 -- NULL: the whole row
    from_ts     INTEGER NOT NULL,        -- first absent instant
    to_ts       INTEGER,                 -- last absent instant; NULL: it goes on
    cause       INTEGER NOT NULL REFERENCES cause,
    n           INTEGER NOT NULL DEFAULT 0 -- absent instants, once closed
);
CREATE INDEX gap_scan ON gap (scan, from_ts);
CREATE INDEX gap_open ON gap (scan) WHERE to_ts IS NULL;

-- ---- what happened ---------------------------------------------------------

CREATE TABLE event (
    id          INTEGER PRIMARY KEY,
    ts          INTEGER NOT NULL,
    entity      INTEGER REFERENCES entity,
    kind        TEXT NOT NULL,          -- device_state config clock overrun survey ...
    severity    INTEGER NOT NULL,       -- 0 info, 1 warning, 2 alarm
    text        TEXT NOT NULL
);
CREATE INDEX event_ts ON event (ts);
CREATE INDEX event_entity ON event (entity, ts);

CREATE TABLE device_state (      -- written on change only
    entity      INTEGER PRIMARY KEY REFERENCES entity,
    state       TEXT NOT NULL,          -- unknown ok suspect dormant
    since       INTEGER NOT NULL,
    cause       INTEGER NOT NULL REFERENCES cause
);

CREATE TABLE device_fact (       -- model, serial, firmware, ... as the device tells them
    entity      INTEGER NOT NULL REFERENCES entity,
    key         TEXT NOT NULL,
    value       TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_to    INTEGER,
    PRIMARY KEY (entity, key, valid_from)
) WITHOUT ROWID;

CREATE TABLE daemon (            -- one row: the collector that writes this file
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    version     TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    host        TEXT NOT NULL,
    started     INTEGER NOT NULL,
    stopped     INTEGER,                -- NULL: running, or killed
    last_commit INTEGER,                -- when the last commit was made
    last_ts     INTEGER                 -- latest instant that is stored
);

-- ---- what the site told us -------------------------------------------------
-- Every table below: key = what makes it the same thing over time; in force at T is the
-- row with the greatest valid_from <= T among those with corrected_by IS NULL and
-- (valid_to IS NULL OR valid_to > T). Corrected rows are kept: what was believed when.

CREATE TABLE config_load (
    id          INTEGER PRIMARY KEY,
    ts          INTEGER NOT NULL,
    user        TEXT NOT NULL,
    dir         TEXT NOT NULL,
    hash        TEXT NOT NULL,          -- 16 hex digits over all files
    ok          INTEGER NOT NULL,
    problems    TEXT NOT NULL DEFAULT ''
);

CREATE TABLE config_file (
    load        INTEGER NOT NULL REFERENCES config_load,
    name        TEXT NOT NULL,
    hash        TEXT NOT NULL,
    PRIMARY KEY (load, name)
) WITHOUT ROWID;

CREATE TABLE setting (           -- rackmeter.yaml, flattened: "site", "zone", "limits.warn"
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    value TEXT
);
CREATE TABLE boundary (          -- one term per row; key: NAME/facility/1
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    name TEXT, partial INTEGER, category INTEGER, side TEXT, position INTEGER, sign INTEGER,
    circuit TEXT, role TEXT, hall TEXT
);
CREATE TABLE rack (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    hall TEXT, row TEXT, pos TEXT, status TEXT, tenant TEXT, feeds TEXT, redundancy TEXT,
    budget_w REAL, budget_va REAL, nameplate_w REAL, thermal_class TEXT
);
CREATE TABLE circuit (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    kind TEXT, side TEXT, hall TEXT, fed_by TEXT, system TEXT, volts REAL, phases TEXT,
    rated_a REAL, rated_va REAL, rated_w REAL, trip_a REAL, derate REAL,
    modules INTEGER, modules_needed INTEGER, note TEXT
);
CREATE TABLE device (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    endpoint TEXT, profile TEXT, every_s INTEGER, rack TEXT, circuit TEXT, role TEXT, use TEXT,
    factor REAL, acc_pct REAL, ct_acc_pct REAL, serial TEXT, cal_due TEXT, note TEXT
);
CREATE TABLE channel (           -- key: DEVICE/PART
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    device TEXT, part TEXT, rack TEXT, circuit TEXT, phases TEXT, position TEXT, role TEXT, use TEXT,
    factor REAL, offset REAL, note TEXT
);
CREATE TABLE cord (              -- key: LOAD/PSU
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    powered TEXT, rack TEXT, u TEXT, tenant TEXT, psu TEXT, psus_needed INTEGER, device TEXT,
    part TEXT, circuit TEXT, phases TEXT, nameplate_w REAL, bmc TEXT
);
CREATE TABLE budget (            -- key: SCOPE/ID/MEASURE
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    scope TEXT, scope_id TEXT, measure TEXT, value REAL, unit TEXT, window TEXT, source TEXT
);
CREATE TABLE log (               -- the operating log; key: FROM/SCOPE/ID/KIND/QUANTITY
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    from_ts INTEGER, to_ts INTEGER, scope TEXT, scope_id TEXT, kind TEXT, quantity TEXT, value TEXT,
    unit TEXT, ref TEXT, who TEXT, note TEXT
);
CREATE TABLE fact (              -- key: KEY/FROM
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    name TEXT, from_ts INTEGER, to_ts INTEGER, value REAL, unit TEXT, quality TEXT, source TEXT,
    note TEXT
);
CREATE TABLE tariff (            -- key: TARIFF/KIND/DAYS/START/END/CLOCK
    id INTEGER PRIMARY KEY, key TEXT NOT NULL, valid_from INTEGER NOT NULL, valid_to INTEGER,
    load INTEGER NOT NULL REFERENCES config_load, corrected_by INTEGER REFERENCES config_load,
    name TEXT, until_ts INTEGER, days TEXT, start TEXT, end TEXT, clock TEXT, kind TEXT, price REAL,
    unit TEXT, currency TEXT
);
CREATE INDEX setting_key ON setting (key, valid_from);
CREATE INDEX boundary_key ON boundary (key, valid_from);
CREATE INDEX rack_key ON rack (key, valid_from);
CREATE INDEX circuit_key ON circuit (key, valid_from);
CREATE INDEX device_key ON device (key, valid_from);
CREATE INDEX channel_key ON channel (key, valid_from);
CREATE INDEX cord_key ON cord (key, valid_from);
CREATE INDEX budget_key ON budget (key, valid_from);
CREATE INDEX log_key ON log (key, valid_from);
CREATE INDEX fact_key ON fact (key, valid_from);
CREATE INDEX tariff_key ON tariff (key, valid_from);
