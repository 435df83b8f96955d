-- SPDX-License-Identifier: Apache-2.0
-- The site's zones one after the other, each from its time on.
SELECT valid_from, value FROM setting
WHERE key = 'zone' AND corrected_by IS NULL AND value <> ''
ORDER BY valid_from, id
