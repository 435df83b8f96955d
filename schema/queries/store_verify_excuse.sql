-- SPDX-License-Identifier: Apache-2.0
-- What happened in that time and keeps a scan from being polled without a gap: other files, a set
-- clock, a new look at the device.
SELECT count(*) FROM event AS v
WHERE v.ts BETWEEN :from AND :to
  AND ((v.entity IS NULL AND v.kind IN ('config', 'clock'))
       OR (v.kind IN ('survey', 'restart', 'endpoint', 'split')
           AND v.entity = (SELECT entity FROM scan WHERE id = :scan)))
