-- SPDX-License-Identifier: Apache-2.0
-- The next chunks of hours before :before that nobody has looked at. An hour that is still open has
-- chunks that nobody sees: they come later.
SELECT id, length(v) FROM chunk
WHERE id >= (SELECT dense_id FROM store WHERE id = 1)
  AND id < min(:before, coalesce((SELECT min(hour) FROM open_hour), :before)) / 3600 << 32
ORDER BY id LIMIT :limit
