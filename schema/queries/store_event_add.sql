-- SPDX-License-Identifier: Apache-2.0
INSERT INTO event (ts, entity, kind, severity, text)
VALUES (:ts, :entity, :kind, :severity, :text)
