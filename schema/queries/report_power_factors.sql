-- SPDX-License-Identifier: Apache-2.0
-- Rated power factors that persons read, in force at :at, the latest last: circuit, factor.
SELECT substr(f.name, 14), f.value
FROM fact AS f
WHERE substr(f.name, 1, 13) = 'power_factor.' AND f.corrected_by IS NULL AND f.from_ts <= :at
    AND (f.to_ts IS NULL OR f.to_ts > :at)
    AND (f.valid_to IS NULL OR f.valid_to > f.valid_from)
ORDER BY f.from_ts, f.id
