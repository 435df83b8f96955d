-- SPDX-License-Identifier: Apache-2.0
-- What persons read of :key, in force and overlapping :from..:to, in order.
SELECT f.from_ts, f.to_ts, f.value, f.unit, f.quality, f.source
FROM fact AS f
WHERE f.name = :key AND f.corrected_by IS NULL AND f.from_ts < :to
    AND (f.to_ts IS NULL OR f.to_ts > :from)
    AND (f.valid_to IS NULL OR f.valid_to > f.valid_from)
ORDER BY f.from_ts, f.id
