-- SPDX-License-Identifier: Apache-2.0
SELECT length(v) FROM chunk WHERE id = :id
