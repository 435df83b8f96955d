-- SPDX-License-Identifier: Apache-2.0
INSERT INTO point (series, scan, slot, kind, mul, div, offset, names, severities, valid_from)
VALUES (:series, :scan, :slot, :kind, :mul, :div, :offset, :names, :severities, :valid_from)
