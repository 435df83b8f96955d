-- SPDX-License-Identifier: Apache-2.0
-- Energy by civil day of the site's zone: facility and IT side of the boundary and all racks (the sums of
-- halls), as far as it was measured, and the share of the day's instants and meters that facility and IT
-- rest on, of the running day those that have come.
WITH sums AS MATERIALIZED (
    SELECT
        entity_kind, entity, part, quantity, ts, to_ts, value, n * 1.0 / expected AS share
    FROM v_reading_1d
    WHERE entity_kind IN ('site', 'hall') AND part IN ('it', 'facility', 'total')
      AND quantity IN ('power_w', 'members_present', 'members_expected')
      AND ts BETWEEN $__from / 1000 - 86400 AND $__to / 1000
)
SELECT
    ts AS time,
    CAST(sum(CASE WHEN part = 'facility' AND quantity = 'power_w'
        THEN value * share * (to_ts - ts) / 3600 END) AS REAL) AS facility,
    CAST(sum(CASE WHEN part = 'it' AND quantity = 'power_w'
        THEN value * share * (to_ts - ts) / 3600 END) AS REAL) AS it,
    CAST(sum(CASE WHEN entity_kind = 'hall' AND quantity = 'power_w'
        THEN value * share * (to_ts - ts) / 3600 END) AS REAL) AS racks,
    CAST(100 * min(1.0, max(CASE WHEN entity_kind = 'site' AND quantity = 'power_w'
            THEN share * (to_ts - ts) / (min(to_ts, unixepoch()) - ts) END))
        * sum(CASE WHEN entity_kind = 'site' AND quantity = 'members_present' THEN value END)
        / sum(CASE WHEN entity_kind = 'site' AND quantity = 'members_expected' THEN value END) AS REAL)
        AS coverage
FROM sums
GROUP BY ts
ORDER BY 1
