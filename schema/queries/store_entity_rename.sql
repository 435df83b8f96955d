-- SPDX-License-Identifier: Apache-2.0
-- A rename keeps the id, and with it the whole history.
UPDATE entity SET name = :name WHERE kind = :kind AND name = :was RETURNING id
