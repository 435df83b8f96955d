-- SPDX-License-Identifier: Apache-2.0
-- A row came late: what others say of its five minutes no longer holds all.
UPDATE hot SET five_w = NULL, five = NULL
WHERE id IN (SELECT ((:ts + i) % :ring << 32) + :scan FROM tick WHERE i < 300)
  AND ts BETWEEN :ts AND :ts + 299 AND five_w IS NOT NULL
