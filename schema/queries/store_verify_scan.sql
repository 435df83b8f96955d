-- SPDX-License-Identifier: Apache-2.0
SELECT e.kind, e.name, s.name FROM scan AS s JOIN entity AS e ON e.id = s.entity WHERE s.id = :scan
