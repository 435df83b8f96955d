-- SPDX-License-Identifier: Apache-2.0
-- What was selected: racks and series.
SELECT (SELECT count(DISTINCT rack) FROM temp.want_rack),
    (SELECT count(DISTINCT series) FROM temp.want_series)
