-- SPDX-License-Identifier: Apache-2.0
-- Feeds of live racks that would come near or over what they may carry now if another feed of their
-- rack were lost: the rows of v_failover that are not OK. Under announced work on the rack, or on either
-- feed, alarm is 0.
CREATE VIEW alert_failover_violation AS
SELECT
    hall, rack, circuit, part, device, state, alarm, planned, since, value, "limit", unit, text, lost,
    exact
FROM v_failover
WHERE state <> 'OK';
