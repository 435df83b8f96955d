-- SPDX-License-Identifier: Apache-2.0
-- Imports after event :after.
SELECT ts, text FROM event WHERE kind = 'import' AND id > :after ORDER BY id
