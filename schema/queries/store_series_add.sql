-- SPDX-License-Identifier: Apache-2.0
INSERT INTO series (entity, part, quantity, label, main, phase)
VALUES (:entity, :part, :quantity, :label, :main, :phase)
