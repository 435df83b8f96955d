-- SPDX-License-Identifier: Apache-2.0
-- What stands there of a day that is made again.
DELETE FROM rollup_1d WHERE id >= :from AND id <= :to
