-- SPDX-License-Identifier: Apache-2.0
UPDATE period SET h1 = 0 WHERE h1 = 1 AND hour < :before
