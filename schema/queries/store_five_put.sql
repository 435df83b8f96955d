-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO hot_5m (id, ts, w, v) VALUES (:id, :ts, :w, :v)
