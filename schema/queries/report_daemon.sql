-- SPDX-License-Identifier: Apache-2.0
-- The collector that writes this database.
SELECT version, started, stopped, last_commit, last_ts, host, pid FROM daemon
