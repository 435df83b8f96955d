-- SPDX-License-Identifier: Apache-2.0
-- Events of a rack, its devices and its feeds (:feeds, blank separated) between :from and :to, the
-- latest first.
SELECT v.ts, v.entity_kind, v.entity, v.kind, v.severity, v.text
FROM v_event AS v
WHERE v.ts >= :from AND v.ts < :to
    AND (v.entity_kind = 'rack' AND v.entity = :rack
        OR v.entity_kind = 'circuit' AND instr(' ' || :feeds || ' ', ' ' || v.entity || ' ') > 0
        OR v.entity_kind = 'device' AND v.entity IN (
            SELECT key FROM device
            WHERE corrected_by IS NULL AND valid_from < :to
                AND (valid_to IS NULL OR valid_to > :from)
                AND (rack = :rack
                    OR circuit <> ''
                        AND instr(' ' || :feeds || ' ', ' ' || circuit || ' ') > 0)))
ORDER BY v.ts DESC, v.id DESC
LIMIT :most
