-- SPDX-License-Identifier: Apache-2.0
INSERT OR REPLACE INTO config_file (load, name, hash) VALUES (:load, :name, :hash)
