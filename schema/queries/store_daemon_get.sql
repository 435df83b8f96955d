-- SPDX-License-Identifier: Apache-2.0
SELECT last_ts, stopped FROM daemon WHERE id = 1
