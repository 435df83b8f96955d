-- SPDX-License-Identifier: Apache-2.0
-- The first instant that is stored. The ring's slots ascend with time as long as nothing was
-- overwritten, so this is one step of the primary key.
SELECT ts FROM hot ORDER BY slot LIMIT 1
