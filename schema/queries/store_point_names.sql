-- SPDX-License-Identifier: Apache-2.0
UPDATE point SET names = :names WHERE id = :point
