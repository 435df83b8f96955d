-- SPDX-License-Identifier: Apache-2.0
UPDATE point SET valid_to = max(valid_from, :valid_to) WHERE id = :point
