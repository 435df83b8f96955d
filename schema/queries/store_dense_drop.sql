-- SPDX-License-Identifier: Apache-2.0
DELETE FROM chunk_dense WHERE id = :id
