-- SPDX-License-Identifier: Apache-2.0
INSERT INTO daemon (id, version, pid, host, started) VALUES (1, :version, :pid, :host, :now)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, pid = excluded.pid,
    host = excluded.host, started = excluded.started, stopped = NULL
