-- SPDX-License-Identifier: Apache-2.0
-- Five minutes of a scan in an open hour.
SELECT w, v FROM hot_5m WHERE id = :id AND ts = :ts
