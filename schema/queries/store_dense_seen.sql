-- SPDX-License-Identifier: Apache-2.0
SELECT dense_id FROM store WHERE id = 1
