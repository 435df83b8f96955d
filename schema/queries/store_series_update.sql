-- SPDX-License-Identifier: Apache-2.0
UPDATE series SET label = :label, main = :main, phase = :phase WHERE id = :series
