-- SPDX-License-Identifier: Apache-2.0
SELECT count(*) FROM rollup_1d WHERE id >= :from AND id < :to
