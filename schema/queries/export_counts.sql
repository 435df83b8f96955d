-- SPDX-License-Identifier: Apache-2.0
-- What the new file holds.
SELECT (SELECT count(*) FROM main.series), (SELECT count(*) FROM main.period),
    (SELECT coalesce(sum(samples), 0) FROM main.period WHERE raw = 1)
