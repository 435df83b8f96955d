-- SPDX-License-Identifier: Apache-2.0
-- The views that rackmeter made; those a user added under another name stay.
SELECT name FROM sqlite_master
WHERE type = 'view' AND (name GLOB 'v_*' OR name GLOB 'alert_*')
