-- SPDX-License-Identifier: Apache-2.0
-- Scans from :from on, and how large an hour of each can be.
SELECT s.id, (SELECT coalesce(max(slot) + 1, 0) FROM point WHERE scan = s.id),
    (SELECT min(step_s) FROM scan_grid WHERE scan = s.id)
FROM scan AS s
WHERE s.id >= :from
ORDER BY s.id
