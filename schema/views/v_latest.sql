-- SPDX-License-Identifier: Apache-2.0
-- The newest value of each series, not older than three instants of its scan.
CREATE VIEW v_latest AS
SELECT
    entity_kind,
    entity,
    part,
    label,
    quantity,
    unit,
    ts,
    age_s,
    CAST(CAST(raw AS REAL) * mul / div + offset AS REAL) AS value
FROM v_latest_raw;
