-- SPDX-License-Identifier: Apache-2.0
-- What a slice of scans stored in one second.
SELECT id, ts, back, w, v FROM hot WHERE id >= :from AND id < :to
