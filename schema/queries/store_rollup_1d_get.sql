-- SPDX-License-Identifier: Apache-2.0
SELECT n, "full", f, value, low, high, states FROM rollup_1d WHERE id = :id
