-- SPDX-License-Identifier: Apache-2.0
SELECT hour FROM open_hour ORDER BY hour
