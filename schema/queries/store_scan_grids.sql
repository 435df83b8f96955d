-- SPDX-License-Identifier: Apache-2.0
SELECT valid_from, step_s, phase_s FROM scan_grid WHERE scan = :scan ORDER BY valid_from
