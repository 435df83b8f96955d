-- SPDX-License-Identifier: Apache-2.0
-- Which version of the program brought the file to the schema that it has.
SELECT version FROM migration ORDER BY n DESC LIMIT 1
