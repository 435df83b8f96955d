-- SPDX-License-Identifier: Apache-2.0
SELECT id FROM scan WHERE entity = :entity AND name = :name
