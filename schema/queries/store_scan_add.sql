-- SPDX-License-Identifier: Apache-2.0
INSERT INTO scan (entity, name) VALUES (:entity, :name)
