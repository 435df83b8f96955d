-- SPDX-License-Identifier: Apache-2.0
DELETE FROM chunk WHERE id = :id
