-- SPDX-License-Identifier: Apache-2.0
-- Gaps that go on: whole rows of a device, and single values.
SELECT
    (SELECT count(*) FROM gap WHERE to_ts IS NULL AND slot IS NULL),
    (SELECT count(*) FROM gap WHERE to_ts IS NULL AND slot IS NOT NULL)
