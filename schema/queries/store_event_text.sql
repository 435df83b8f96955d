-- SPDX-License-Identifier: Apache-2.0
UPDATE event SET text = :text WHERE id = :id
