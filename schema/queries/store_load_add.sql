-- SPDX-License-Identifier: Apache-2.0
INSERT INTO config_load (ts, user, dir, hash, ok, problems)
VALUES (:ts, :user, :dir, :hash, :ok, :problems) RETURNING id
