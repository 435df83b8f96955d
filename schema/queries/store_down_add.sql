-- SPDX-License-Identifier: Apache-2.0
INSERT INTO gap (scan, slot, from_ts, to_ts, cause) VALUES (NULL, NULL, :from_ts, :to_ts, :cause)
