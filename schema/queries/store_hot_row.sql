-- SPDX-License-Identifier: Apache-2.0
-- One instant of a scan.
SELECT back, w, v FROM hot WHERE id = :id AND ts = :ts
