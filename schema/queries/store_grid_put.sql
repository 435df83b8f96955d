-- SPDX-License-Identifier: Apache-2.0
INSERT INTO scan_grid (scan, valid_from, step_s, phase_s)
VALUES (:scan, :valid_from, :step_s, :phase_s)
ON CONFLICT (scan, valid_from) DO UPDATE SET step_s = excluded.step_s, phase_s = excluded.phase_s
