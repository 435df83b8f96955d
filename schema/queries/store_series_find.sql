-- SPDX-License-Identifier: Apache-2.0
SELECT id, label, main, phase FROM series
WHERE entity = :entity AND part = :part AND quantity = :quantity
