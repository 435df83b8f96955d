-- SPDX-License-Identifier: Apache-2.0
-- The factors of a meter over time until :to: the channel's where its row gives one, else the
-- device's (an empty cell of channels.csv reads as 1). Every change of either is a row.
WITH change(valid_from) AS (
    SELECT valid_from FROM device
    WHERE key = :device AND corrected_by IS NULL AND valid_from < :to
    UNION
    SELECT valid_from FROM channel
    WHERE key = :device || '/' || :part AND corrected_by IS NULL AND valid_from < :to
)
SELECT change.valid_from,
    coalesce(
        (SELECT nullif(c.factor, 1) FROM channel AS c
         WHERE c.key = :device || '/' || :part AND c.corrected_by IS NULL
             AND c.valid_from <= change.valid_from
             AND (c.valid_to IS NULL OR c.valid_to > change.valid_from)
         ORDER BY c.valid_from DESC LIMIT 1),
        (SELECT d.factor FROM device AS d
         WHERE d.key = :device AND d.corrected_by IS NULL AND d.valid_from <= change.valid_from
             AND (d.valid_to IS NULL OR d.valid_to > change.valid_from)
         ORDER BY d.valid_from DESC LIMIT 1)) AS factor
FROM change
ORDER BY change.valid_from
