-- SPDX-License-Identifier: Apache-2.0
-- Days before this time cannot be made again: 1 + the last hour that is past its retention.
SELECT coalesce(max(hour) + 3600, 0) FROM period WHERE h1 = 0
