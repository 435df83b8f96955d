-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO state_1h (id, states) VALUES (:id, :states)
