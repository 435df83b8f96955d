-- SPDX-License-Identifier: Apache-2.0
UPDATE period SET raw = 0 WHERE raw = 1 AND hour < :before
