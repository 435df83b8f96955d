-- SPDX-License-Identifier: Apache-2.0
INSERT INTO main.period (hour, raw, r5, h1, first_ts, last_ts, samples)
SELECT :hour, :raw, :r5, :h1, :first_ts, :last_ts, (
    SELECT coalesce(sum(count), 0) FROM main.chunk
    WHERE id >= :hour / 3600 << 32 AND id < :hour / 3600 + 1 << 32
) + (
    SELECT coalesce(sum(n - coalesce(length(gone), 0)), 0) FROM main.chunk_dense
    WHERE id >= :hour / 3600 << 32 AND id < :hour / 3600 + 1 << 32
)
