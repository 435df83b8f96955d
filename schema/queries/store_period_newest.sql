-- SPDX-License-Identifier: Apache-2.0
SELECT hour FROM period ORDER BY hour DESC LIMIT 1
