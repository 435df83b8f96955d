-- SPDX-License-Identifier: Apache-2.0
UPDATE period SET r5 = 0 WHERE r5 = 1 AND hour < :before
