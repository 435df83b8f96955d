-- SPDX-License-Identifier: Apache-2.0
UPDATE point SET names = :names, severities = :severities WHERE id = :point
