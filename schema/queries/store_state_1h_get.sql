-- SPDX-License-Identifier: Apache-2.0
SELECT states FROM state_1h WHERE id = :id
