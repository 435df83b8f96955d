-- SPDX-License-Identifier: Apache-2.0
-- Files of which something that holds within :from to :to came or was corrected after load :load,
-- and of how many things. What the log and the facts say of a time also changes when a line is taken
-- out, after :issued.
SELECT file, sum(n) AS n FROM (
    SELECT 'rackmeter.yaml' AS file, count(DISTINCT key) AS n FROM setting
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
    UNION ALL
    SELECT 'rackmeter.yaml' AS file, count(DISTINCT key) AS n FROM boundary
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
    UNION ALL
    SELECT 'racks.csv' AS file, count(DISTINCT key) AS n FROM rack
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
    UNION ALL
    SELECT 'circuits.csv' AS file, count(DISTINCT key) AS n FROM circuit
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
    UNION ALL
    SELECT 'devices.csv' AS file, count(DISTINCT key) AS n FROM device
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
    UNION ALL
    SELECT 'channels.csv' AS file, count(DISTINCT key) AS n FROM channel
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
    UNION ALL
    SELECT 'cords.csv' AS file, count(DISTINCT key) AS n FROM cord
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
    UNION ALL
    SELECT 'budgets.csv' AS file, count(DISTINCT key) AS n FROM budget
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
    UNION ALL
    SELECT 'log.csv' AS file, count(DISTINCT key) AS n FROM log
    WHERE (load > :load OR corrected_by > :load OR valid_to > :issued)
        AND from_ts < :to AND (to_ts IS NULL OR to_ts > :from)
    UNION ALL
    SELECT 'facts.csv' AS file, count(DISTINCT key) AS n FROM fact
    WHERE (load > :load OR corrected_by > :load OR valid_to > :issued)
        AND from_ts < :to AND (to_ts IS NULL OR to_ts > :from)
    UNION ALL
    SELECT 'tariffs.csv' AS file, count(DISTINCT key) AS n FROM tariff
    WHERE (load > :load OR corrected_by > :load)
        AND valid_from < :to AND (valid_to IS NULL OR valid_to > :from)
)
WHERE n > 0
GROUP BY file
