-- SPDX-License-Identifier: Apache-2.0
-- One row: what the ratio of the time shown (since the first reading) may be called, as `rackmeter
-- report pue` does: PUE of twelve months, interim (i) from a day on, else no PUE; p: a part of the site.
-- And the boundary it is of, with its category: where IT is measured.
SELECT
    CASE
        WHEN b.name IS NULL THEN 'no boundary'
        WHEN t.to_ts - t.from_ts < 86400 THEN 'ratio, not a PUE'
        ELSE CASE WHEN t.to_ts < CAST(strftime('%s', t.from_ts, 'unixepoch', '+1 year') AS INTEGER)
                THEN 'i' ELSE '' END
            || CASE WHEN b.partial THEN 'p' ELSE '' END || 'PUE' || b.category
    END AS label,
    coalesce(b.name || ', ' || CASE b.category WHEN 1 THEN 'UPS output' WHEN 2 THEN 'PDU output'
        ELSE 'IT equipment input' END, '') AS boundary
FROM (
    SELECT
        max($__from / 1000, coalesce(first_ts, 0)) AS from_ts,
        min($__to / 1000, coalesce(last_ts, $__to / 1000)) AS to_ts
    FROM v_store
) AS t
LEFT JOIN (
    SELECT name, partial, category FROM v_boundary
    WHERE category IS NOT NULL
    ORDER BY partial, id LIMIT 1
) AS b
