-- SPDX-License-Identifier: Apache-2.0
INSERT INTO entity (kind, name) VALUES (:kind, :name)
