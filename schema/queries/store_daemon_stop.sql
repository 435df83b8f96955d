-- SPDX-License-Identifier: Apache-2.0
UPDATE daemon SET stopped = :now WHERE id = 1
