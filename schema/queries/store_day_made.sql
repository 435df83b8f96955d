-- SPDX-License-Identifier: Apache-2.0
-- From now on the day is read from rollup_1d.
UPDATE civil_day SET d1 = 1 WHERE day = :day
