-- SPDX-License-Identifier: Apache-2.0
-- Samples past a set age in a third less space: a point's hour moves from chunk to this table, so
-- it stands in one of both. schema/README.md has the formula.

-- One row per point and hour, id as in chunk; positions are those of a chunk.
CREATE TABLE chunk_dense (
    id          INTEGER PRIMARY KEY,
    step        INTEGER NOT NULL,
    phase       INTEGER NOT NULL,
    n           INTEGER NOT NULL,
    base        INTEGER NOT NULL,
    low         INTEGER NOT NULL,       -- the least step from one position to the next
    m           INTEGER NOT NULL,       -- how many different steps there are: low to low + m - 1
    k           INTEGER NOT NULL,       -- so many of them share c characters
    c           INTEGER NOT NULL,
    sum         INTEGER NOT NULL,       -- of (raw - base) of what is not missing
    gone        TEXT,                   -- position i is missing: the character i + 1; NULL: none is
    v           BLOB NOT NULL
);

-- Rows of chunk with an id below this one were looked at: what is there still is smaller as it is.
ALTER TABLE store ADD COLUMN dense_id INTEGER NOT NULL DEFAULT 0;
