-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO hot (slot, scan, ts, v) VALUES (:slot, :scan, :ts, :v)
