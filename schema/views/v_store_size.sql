-- SPDX-License-Identifier: Apache-2.0
-- The size of the database file in bytes, and how much of it is free for what comes next; one row. The
-- write-ahead log beside it is not counted.
CREATE VIEW v_store_size AS
SELECT
    CAST(c.page_count * s.page_size AS REAL) AS bytes,
    CAST(f.freelist_count * s.page_size AS REAL) AS free_bytes
FROM pragma_page_count AS c
CROSS JOIN pragma_page_size AS s
CROSS JOIN pragma_freelist_count AS f;
