-- SPDX-License-Identifier: Apache-2.0
-- Records that a migration was applied.
INSERT INTO migration (n, name, applied, version) VALUES (:n, :name, :applied, :version)
