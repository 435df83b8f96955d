-- SPDX-License-Identifier: Apache-2.0
-- What an extract takes, in tables that are gone with the connection. The new file is main, the
-- database that is taken from stands beside it as source. Spans are [from_ts, to_ts).
CREATE TEMP TABLE want (        -- one row; whole: all of the site
    tenant TEXT, hall TEXT, rack TEXT, device TEXT, whole INTEGER,
    from_ts INTEGER, to_ts INTEGER, now_ts INTEGER
);
CREATE TEMP TABLE row_span (    -- rows of the site's tables that were in force, and until when
    source TEXT, id INTEGER, key TEXT, from_ts INTEGER, to_ts INTEGER
);
CREATE TEMP TABLE want_rack (rack TEXT, row INTEGER, from_ts INTEGER, to_ts INTEGER);
CREATE TEMP TABLE feed (rack TEXT, circuit TEXT, from_ts INTEGER, to_ts INTEGER);
CREATE TEMP TABLE want_circuit (circuit TEXT, from_ts INTEGER, to_ts INTEGER);
CREATE TEMP TABLE place (       -- where a part of a device was
    series INTEGER, from_ts INTEGER, to_ts INTEGER, rack TEXT, circuit TEXT, own_rack TEXT
);
CREATE TEMP TABLE want_series (series INTEGER, from_ts INTEGER, to_ts INTEGER);
CREATE TEMP TABLE want_point (  -- spans that touch are one
    point INTEGER, scan INTEGER, slot INTEGER, from_ts INTEGER, to_ts INTEGER
);
CREATE TEMP TABLE want_scan (scan INTEGER, from_ts INTEGER, to_ts INTEGER);
CREATE TEMP TABLE want_device (entity INTEGER PRIMARY KEY, name TEXT);
CREATE TEMP TABLE keep_circuit (circuit TEXT PRIMARY KEY, fed_by TEXT)
