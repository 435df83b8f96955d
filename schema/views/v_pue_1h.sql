-- SPDX-License-Identifier: Apache-2.0
-- Both sides of the site's boundary, UTC hour by hour, from the sums that the collector stores of its
-- meters: energy that was measured (mean power by measured time, nothing is put in) and the share of the
-- hour's meters and time that it rests on. paired 1: both shares are 98 % or more, as `rackmeter report
-- pue` asks of an hour. A ratio is sum(facility_wh) / sum(it_wh) over paired hours, and is to be shown
-- when they are 95 % of the time. What only the report knows is not in it: counters in place of power,
-- carriers beside electricity, corrections and imports that came later. Give limits of ts.
CREATE VIEW v_pue_1h AS
SELECT
    site, ts,
    CAST(facility_w * facility_time AS REAL) AS facility_wh,
    CAST(it_w * it_time AS REAL) AS it_wh,
    CAST(facility_time * facility_members AS REAL) AS facility_share,
    CAST(it_time * it_members AS REAL) AS it_share,
    coalesce(facility_time * facility_members >= 0.98 AND it_time * it_members >= 0.98, 0) AS paired
FROM (
    -- windows and not groups: SQLite takes limits of ts through these only, down to the hours
    SELECT
        r.entity AS site, r.ts, row_number() OVER w AS k,
        max(CASE WHEN r.part = 'facility' AND r.quantity = 'power_w' THEN r.value END) OVER w AS facility_w,
        max(CASE WHEN r.part = 'it' AND r.quantity = 'power_w' THEN r.value END) OVER w AS it_w,
        min(1.0, max(CASE WHEN r.part = 'facility' AND r.quantity = 'power_w' THEN r.n END) OVER w
            * g.step_s / 3600.0) AS facility_time,
        min(1.0, max(CASE WHEN r.part = 'it' AND r.quantity = 'power_w' THEN r.n END) OVER w
            * g.step_s / 3600.0) AS it_time,
        max(CASE WHEN r.part = 'facility' AND r.quantity = 'members_present' THEN r.value END) OVER w
            / max(CASE WHEN r.part = 'facility' AND r.quantity = 'members_expected' THEN r.value END)
            OVER w AS facility_members,
        max(CASE WHEN r.part = 'it' AND r.quantity = 'members_present' THEN r.value END) OVER w
            / max(CASE WHEN r.part = 'it' AND r.quantity = 'members_expected' THEN r.value END) OVER w
            AS it_members
    FROM v_reading_1h AS r
    CROSS JOIN (
        SELECT max(step_s) AS step_s FROM v_series
        WHERE entity_kind = 'site' AND quantity = 'members_expected'
    ) AS g
    WHERE r.entity_kind = 'site' AND r.part IN ('facility', 'it')
        AND r.quantity IN ('power_w', 'members_present', 'members_expected')
    WINDOW w AS (PARTITION BY r.entity, r.ts)
)
WHERE k = 1;
