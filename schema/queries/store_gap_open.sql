-- SPDX-License-Identifier: Apache-2.0
INSERT INTO gap (id, scan, slot, from_ts, cause) VALUES (:id, :scan, :slot, :from_ts, :cause)
