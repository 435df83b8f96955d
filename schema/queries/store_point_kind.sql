-- SPDX-License-Identifier: Apache-2.0
SELECT kind FROM point WHERE id = :point
