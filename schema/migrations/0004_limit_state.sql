-- SPDX-License-Identifier: Apache-2.0
-- Which limits are passed, with hold and clear margins applied; written by the collector on change.
CREATE TABLE limit_state (
    entity      INTEGER NOT NULL REFERENCES entity, -- rack, circuit
    part        TEXT NOT NULL,          -- total, L1
    quantity    INTEGER NOT NULL REFERENCES quantity,
    level       TEXT NOT NULL,          -- ok warn over
    since       INTEGER NOT NULL,
    value       REAL NOT NULL,          -- that brought the change, in the quantity's unit
    "limit"     REAL NOT NULL,          -- that held then
    PRIMARY KEY (entity, part, quantity)
) WITHOUT ROWID;
