-- SPDX-License-Identifier: Apache-2.0
-- Reports that were issued: what their figures were, by which formulas, and how much was known
-- then, so that a later run can say what has changed since and why.

CREATE TABLE issued (
    id          INTEGER PRIMARY KEY,
    report      TEXT NOT NULL,          -- pue, tenants, ...
    filters     TEXT NOT NULL,          -- "--hall H1"; '': all of it
    from_ts     INTEGER NOT NULL,       -- the period that was asked for
    to_ts       INTEGER NOT NULL,
    period      TEXT NOT NULL,          -- and how: "last-month"
    ts          INTEGER NOT NULL,       -- when it was issued, by whom, why
    user        TEXT NOT NULL,
    note        TEXT NOT NULL,
    form        INTEGER NOT NULL,       -- version of the report's JSON
    formula     INTEGER NOT NULL,       -- version of what it computes
    program     TEXT NOT NULL,          -- version of rackmeter
    -- what was known:
    last_ts     INTEGER,                -- last instant that was stored
    import      INTEGER NOT NULL,       -- last event of kind import, 0: none
    load        INTEGER NOT NULL,       -- last configuration in force, 0: none
    samples     INTEGER NOT NULL,       -- samples of the period's finished hours
    open_hours  INTEGER NOT NULL,       -- hours of the period that were not finished
    raw_hours   INTEGER NOT NULL,       -- hours of which each sample was there
    hash        TEXT NOT NULL,          -- SHA-256 of figures, 64 hex digits
    figures     TEXT NOT NULL           -- the report as --format json writes it
);
CREATE INDEX issued_report ON issued (report, from_ts, to_ts);
