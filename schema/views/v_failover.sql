-- SPDX-License-Identifier: Apache-2.0
-- What each feed of live racks would carry now if another feed of its rack were lost, against what it
-- may carry: a row per feed that is left and rated, by the loss that is worst for it. circuit is that
-- feed, lost the other; state as in report failover: OK, WARN from limits.warn of the derated rating on,
-- CRIT over it, CRIT_TRIP over the breaker. value and limit in unit: A of a phase (line), else W or VA.
--
-- The rule is that of report/failover.h for one feed, at the newest instant of which the collector has
-- stored all the rack's feeds: what the lost one carries goes to those left by their capacity, line by
-- line. Not covered, see report failover: the loss of circuits above the racks, worst instants of the
-- past, and currents that must be derived from W or VA. exact 0: loads of cords.csv would go dark with
-- that feed, which takes load away: it is at most so much, and no more than a warning.
CREATE VIEW v_failover AS
WITH planned AS MATERIALIZED (SELECT scope || ' ' || name AS what FROM v_planned),
dark AS MATERIALIZED (  -- racks and feeds whose loss makes loads dark
    SELECT rack || ' ' || circuit AS what
    FROM (
        SELECT
            rack, circuit, count(*) AS lost, sum(count(*)) OVER w AS n,
            max(max(coalesce(psus_needed, 0))) OVER w AS needed
        FROM v_cord
        GROUP BY rack, powered, circuit
        WINDOW w AS (PARTITION BY rack, powered)
    )
    WHERE n - lost < needed
),
split AS MATERIALIZED (
    SELECT r.name AS rack, f.value AS feed
    FROM v_rack AS r
    CROSS JOIN json_each('["' || replace(trim(r.feeds), ' ', '","') || '"]') AS f
    WHERE r.status = 'live' AND instr(trim(r.feeds), ' ') > 0
),
rated AS (
    SELECT
        s.rack, s.feed,
        CASE WHEN c.system IN ('3ph-wye', '3ph-delta') THEN 3 ELSE 1 END AS lines,
        CASE WHEN c.system IN ('3ph-wye', '3ph-delta') THEN c.volts / 1.7320508075688772
            ELSE c.volts END AS va_per_a,
        c.rated_a * c.derate AS derated_a, c.trip_a,
        CASE WHEN c.rated_a IS NULL THEN c.rated_w * c.derate ELSE c.rated_w END AS derated_w,
        CASE WHEN c.rated_a IS NULL THEN c.rated_va * c.derate ELSE c.rated_va END AS derated_va,
        c.rated_w, c.rated_va, c.rated_a
    FROM split AS s
    CROSS JOIN v_circuit AS c ON c.name = s.feed
),
feed AS MATERIALIZED (
    SELECT
        f.*, coalesce(f.rated_w, f.rated_va, f.rated_a * f.va_per_a * f.lines) AS capacity,
        max(CASE l.part WHEN 'L1' THEN l.value END) AS a1,
        max(CASE l.part WHEN 'L2' THEN l.value END) AS a2,
        max(CASE l.part WHEN 'L3' THEN l.value END) AS a3,
        CASE WHEN max(CASE l.quantity WHEN 'members_present' THEN l.value END)
            = max(CASE l.quantity WHEN 'members_expected' THEN l.value END)
            THEN max(CASE l.quantity WHEN 'power_w' THEN l.value END) END AS w,
        min(l.ts) AS first, max(l.ts) AS last
    FROM rated AS f
    CROSS JOIN v_latest AS l ON l.entity_kind = 'circuit' AND l.entity = f.feed
        AND CASE WHEN f.rated_w IS NULL THEN l.quantity = 'current_a'
            ELSE l.quantity IN ('current_a', 'power_w', 'members_present', 'members_expected') END
    GROUP BY f.rack, f.feed
),
beside AS (  -- a feed with all those of its rack
    SELECT
        *, sum(capacity) OVER w AS all_w, count(*) OVER w AS n,
        count(CASE WHEN capacity > 0 THEN 1 END) OVER w AS n_rated,
        min(first) OVER w = max(last) OVER w AS together,
        json_group_array(json_array(feed, a1, a2, a3, w, capacity, lines, va_per_a)) OVER w AS list
    FROM feed
    WINDOW w AS (PARTITION BY rack)
),
moved AS MATERIALIZED (  -- what comes to it with each loss
    SELECT
        b.*, json_extract(j.value, '$[0]') AS lost,
        json_extract(j.value, '$[1]') AS l1, json_extract(j.value, '$[2]') AS l2,
        json_extract(j.value, '$[3]') AS l3, json_extract(j.value, '$[4]') AS lw,
        json_extract(j.value, '$[6]') AS from_lines,
        coalesce(json_extract(j.value, '$[7]') / b.va_per_a, 1) AS by,
        CASE WHEN b.n_rated - coalesce(json_extract(j.value, '$[5]') > 0, 0) = b.n - 1
            THEN b.capacity / (b.all_w - coalesce(json_extract(j.value, '$[5]'), 0))
            ELSE 1.0 / (b.n - 1) END AS share
    FROM beside AS b
    CROSS JOIN json_each(b.list) AS j
    WHERE b.n > 1 AND b.together AND json_extract(j.value, '$[0]') <> b.feed
),
after AS (
    SELECT
        *,
        a1 + share * by * CASE WHEN lines = 1 AND from_lines = 3 THEN l1 + l2 + l3 ELSE l1 END AS b1,
        CASE WHEN lines = 3 THEN a2 + share * by * CASE from_lines WHEN 3 THEN l2 ELSE l1 END END AS b2,
        CASE WHEN lines = 3 THEN a3 + share * by * CASE from_lines WHEN 3 THEN l3 ELSE l1 END END AS b3,
        w + share * lw AS bw
    FROM moved
),
judged AS (
    SELECT
        *, max(b1, coalesce(b2, b1), coalesce(b3, b1)) AS most_a,
        CASE WHEN lines = 1 THEN b1 ELSE b1 + b2 + b3 END * va_per_a AS bva
    FROM after
),
rated_pct AS MATERIALIZED (
    SELECT
        *, most_a / derated_a AS pct_a, bw / derated_w AS pct_w, bva / derated_va AS pct_va,
        max(coalesce(most_a / derated_a, -1), coalesce(bw / derated_w, -1),
            coalesce(bva / derated_va, -1)) AS pct,
        coalesce(most_a / trip_a, -1) AS pct_trip,
        coalesce((SELECT CAST(value AS REAL) FROM v_setting WHERE name = 'limits.warn'), 0.9) AS warn
    FROM judged
),
stated AS (
    SELECT
        *, CASE WHEN pct_trip > 1 THEN 4 WHEN pct > 1 THEN 3 WHEN pct >= warn THEN 2 ELSE 1 END AS level,
        CASE WHEN pct < 0 THEN 'breaker' WHEN pct = pct_a THEN 'A' WHEN pct = pct_w THEN 'W' ELSE 'VA' END
            AS of
    FROM rated_pct
),
worst AS (
    SELECT *, max(level * 1e6 + CASE WHEN pct < 0 THEN pct_trip ELSE pct END) AS rank
    FROM stated
    WHERE max(pct, pct_trip) >= 0
    GROUP BY rack, feed
),
told AS MATERIALIZED (
    SELECT
        *,
        CASE WHEN of IN ('A', 'breaker') THEN
            CASE most_a WHEN b1 THEN 'L1' WHEN b2 THEN 'L2' ELSE 'L3' END END AS line,
        CASE of WHEN 'W' THEN bw WHEN 'VA' THEN bva ELSE most_a END AS value,
        CASE of WHEN 'W' THEN derated_w WHEN 'VA' THEN derated_va WHEN 'A' THEN derated_a
            ELSE trip_a END AS most,
        rack || ' ' || lost NOT IN (SELECT what FROM dark) AS exact,
        'rack ' || rack IN (SELECT what FROM planned)
            OR 'circuit ' || feed IN (SELECT what FROM planned)
            OR 'circuit ' || lost IN (SELECT what FROM planned)
            OR EXISTS (SELECT 1 FROM planned WHERE what GLOB 'site *') AS planned
    FROM worst
)
SELECT
    r.hall, r.key AS rack, c.key AS circuit, s.part, d.key AS device,
    CASE t.level WHEN 4 THEN 'CRIT_TRIP' WHEN 3 THEN 'CRIT' WHEN 2 THEN 'WARN' ELSE 'OK' END AS state,
    CAST(CASE WHEN t.planned OR t.level = 1 THEN 0 WHEN t.level > 2 AND t.exact THEN 2 ELSE 1 END AS REAL) AS alarm,
    t.planned, t.last AS since, CAST(t.value AS REAL) AS value, CAST(t.most AS REAL) AS "limit",
    CASE t.of WHEN 'breaker' THEN 'A' ELSE t.of END AS unit,
    printf('if %s is lost, %s%s carries %s%.1f %s of %.1f %s', t.lost, t.feed, coalesce(' ' || t.line, ''),
        CASE WHEN t.exact THEN '' ELSE 'at most ' END,
        t.value / CASE WHEN t.of IN ('W', 'VA') THEN 1000 ELSE 1 END,
        CASE t.of WHEN 'W' THEN 'kW' WHEN 'VA' THEN 'kVA' ELSE 'A' END,
        t.most / CASE WHEN t.of IN ('W', 'VA') THEN 1000 ELSE 1 END,
        CASE t.of WHEN 'W' THEN 'kW' WHEN 'VA' THEN 'kVA' ELSE 'A' END) AS text,
    t.lost, t.exact, t.line
FROM told AS t
CROSS JOIN v_rack AS r ON r.name = t.rack
CROSS JOIN v_circuit AS c ON c.name = t.feed
LEFT JOIN series AS s ON s.id = 0
LEFT JOIN device AS d ON d.id = 0;
