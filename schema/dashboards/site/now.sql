-- SPDX-License-Identifier: Apache-2.0
-- One row: the site's power now, its ratio, and on how many of its meters it rests. Where less than
-- 95 % of the meters of a side are there, the ratio is absent.
SELECT
    CAST(it AS REAL) AS it,
    CAST(facility AS REAL) AS facility,
    CAST(CASE WHEN coverage >= 95 AND it > 0 THEN facility / it END AS REAL) AS ratio,
    CAST(coverage AS REAL) AS coverage
FROM (
    SELECT
        max(CASE part WHEN 'it' THEN power_w END) AS it,
        max(CASE part WHEN 'facility' THEN power_w END) AS facility,
        min(100 * members_present / members_expected) AS coverage
    FROM v_site_latest
    WHERE part IN ('it', 'facility')
)
