-- SPDX-License-Identifier: Apache-2.0
UPDATE gap SET to_ts = :to_ts, n = :n WHERE id = :id
