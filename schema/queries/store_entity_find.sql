-- SPDX-License-Identifier: Apache-2.0
SELECT id FROM entity WHERE kind = :kind AND name = :name
