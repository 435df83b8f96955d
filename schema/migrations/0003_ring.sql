-- SPDX-License-Identifier: Apache-2.0
-- The ring by a number as key, and rows a third as large: an integer key is found, and a row of
-- the same size overwritten, at half the cost; a row that tells how far its values lie from those
-- of a former one needs two bytes for most.

CREATE TABLE hot_moved AS
SELECT slot, scan, ts, v FROM hot
WHERE ts / 3600 * 3600 IN (SELECT hour FROM open_hour);

DROP TABLE hot;

-- The ring of recent polls: one row per scan and instant; id = (ts mod store.hot_ring_s << 32) +
-- scan, so a full ring is overwritten in place. Its rows count only while their hour is in
-- open_hour: what is left of a finished hour is waste until it is overwritten.
CREATE TABLE hot (
    id          INTEGER PRIMARY KEY,
    ts          INTEGER NOT NULL,
    back        INTEGER NOT NULL DEFAULT 0, -- seconds to the row that is this one's base; 0: none
    w           INTEGER NOT NULL DEFAULT 0, -- with a base: bytes per slot
    v           BLOB NOT NULL,              -- without: a JSON array of raw integers by slot, null
                                            -- where absent; with: see schema/README.md
    slot        INTEGER GENERATED ALWAYS AS (id >> 32) VIRTUAL,
    scan        INTEGER GENERATED ALWAYS AS (id & 4294967295) VIRTUAL
);

INSERT INTO hot (id, ts, v)
SELECT (slot << 32) + scan, ts, v FROM hot_moved ORDER BY slot, scan;

DROP TABLE hot_moved;

-- Five minutes of open hours, of scans that are sums over devices and hold gauges only: one row per
-- scan; id = (ts / 300 mod (store.hot_ring_s / 300) << 32) + scan, ts = the beginning. v holds four
-- decimal numbers of w characters per slot: how many samples, their sum, the least, the greatest.
-- Where the row is lacking, the rows of hot say it.
CREATE TABLE hot_5m (
    id          INTEGER PRIMARY KEY,
    ts          INTEGER NOT NULL,
    w           INTEGER NOT NULL,
    v           BLOB NOT NULL
);
