# SPDX-License-Identifier: Apache-2.0
"""The measurements of report.sh: a row per report. A further one is a further line in REPORTS."""
import json
import os
import platform
import sqlite3
import subprocess
import sys
import time
from datetime import date

PROGRAM, OURS, NAIVE, RACKS, FEEDS, NAIVE_FEEDS, YEAR = sys.argv[1:8]
MONTH = ["--period", "2026-11", "--now", "2026-12-03"]

# Energy of each meter by the last reading of each hour, and the sums of the two sides.
NAIVE_PUE = """
WITH h AS (
    SELECT x.series, s.role, x.ts / 3600 AS hour, max(x.value) AS last
    FROM series AS s JOIN sample AS x ON x.series = s.id
    WHERE s.quantity = 'energy_wh' AND s.role IN ('utility', 'it_in')
        AND x.ts BETWEEN 1793487600 AND 1793487600 + 30 * 86400
    GROUP BY 1, 2, 3),
d AS (SELECT role, last - lag(last) OVER (PARTITION BY series ORDER BY hour) AS wh FROM h)
SELECT sum(wh) FILTER (WHERE role = 'utility') / sum(wh) FILTER (WHERE role = 'it_in') FROM d
"""

# The greatest sum of two feeds' currents at one instant: six series per rack, A before B.
NAIVE_FAILOVER = """
SELECT max(a.value + b.value)
FROM (SELECT DISTINCT series FROM sample WHERE series % 6 < 3 AND series < 1000000) AS s
JOIN sample AS a ON a.series = s.series
JOIN sample AS b ON b.series = a.series + 3 AND b.ts = a.ts
"""

# Mean and highest of each rack's power, and the lines' highest; the sum of the means.
NAIVE_RACKS = """
SELECT sum(mean) FILTER (WHERE series >= 1000000)
FROM (SELECT series, avg(value) AS mean, max(value) FROM sample GROUP BY series)
"""


def few_of(report):
    """The rows of those racks that the plain table holds."""
    few = int(RACKS) // 100
    return [r for r in report["racks_table"] if int(r["rack"][1:]) < few]


def worst_of_few(report):
    return max(r["load_a"] for r in few_of(report))


def mean_of_few(report):
    return sum(r["mean_w"] for r in few_of(report))


# what, wanted ms, databases (ours, plain and its part of ours), arguments, the same by plain SQL
# (None: it is not asked), where it stands in the JSON
METERS, CURRENTS = (OURS, NAIVE, 10), (FEEDS, NAIVE_FEEDS, 100)
A_YEAR = (YEAR, None, 1)
REPORTS = [
    ("month PUE, category 3", 500, METERS, ["pue", *MONTH], NAIVE_PUE, lambda r: r["ratio"]),
    ("month energy of each meter, by day", 1000, METERS, ["energy", *MONTH], None, None),
    ("month of 7 tenants with their coincident demand", 5000, METERS, ["tenants", *MONTH], None,
     None),
    ("the register of meters, checked over a month", 2000, METERS, ["meters", *MONTH], None, None),
    ("month of failover, feeds every 10 s", 5000, CURRENTS,
     ["failover", *MONTH, "--top", "1000000"], NAIVE_FAILOVER, worst_of_few),
    ("month of capacity and room, feeds every 10 s", 5000, CURRENTS,
     ["capacity", "--rack-kw", "10", *MONTH], None, None),
    ("the site page, a day of the same meters", 2000, METERS,
     ["site", "--period", "2026-11-20", "--now", "2026-11-21T07:00"], None, None),
    ("year of eu-kpi, category 1", 500, A_YEAR,
     ["eu-kpi", "--period", "2026", "--now", "2027-01-03"], None, None),
    ("month of racks, the 20 that need it most", 500, CURRENTS, ["racks", *MONTH], None, None),
    ("month of racks, all", 2000, CURRENTS, ["racks", *MONTH, "--top", "all"], NAIVE_RACKS,
     mean_of_few),
    ("month of circuits, feeds every 10 s", 5000, CURRENTS, ["circuits", "--flat", *MONTH], None,
     None),
]


def measure(ours, arguments):
    """Least wall and CPU time in ms, most resident memory in MB, and the report."""
    least = cpu = float("inf")
    most = 0
    for _ in range(3):
        begin = time.monotonic()
        with subprocess.Popen([PROGRAM, "report", *arguments, "--db", ours, "--format", "json"],
                              stdout=subprocess.PIPE) as child:
            text = child.stdout.read()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"report {arguments} failed: {child.returncode}")
        least = min(least, (time.monotonic() - begin) * 1000)
        cpu = min(cpu, (usage.ru_utime + usage.ru_stime) * 1000)
        most = max(most, usage.ru_maxrss / 1024)
    return least, cpu, most, json.loads(text)


def by_sql(plain, query):
    db = sqlite3.connect(f"file:{plain}?mode=ro", uri=True)
    begin = time.process_time()
    value = db.execute(query).fetchone()[0]
    return (time.process_time() - begin) * 1000, value


def main():
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}"
    print("| date | machine | command | what | ms | wanted | CPU ms | memory MB | plain SQL CPU ms "
          "| ours/plain |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for what, wanted, (ours, plain_db, part), arguments, query, figure in REPORTS:
        ms, cpu, memory, report = measure(ours, arguments)
        plain = ratio = "-"
        if query:
            sql_ms, value = by_sql(plain_db, query)
            if abs(value / figure(report) - 1) > 0.01:
                sys.exit(f"{what}: {figure(report)}, by plain SQL {value}")
            plain = f"{sql_ms * part:.0f} ({part} x a {'tenth' if part == 10 else 'hundredth'})"
            ratio = f"{cpu / (sql_ms * part):.4f}"
        print(f"| {date.today()} | {machine} | `sh tests/bench/report.sh {RACKS}` | {what}, "
              f"{RACKS} racks | {ms:.0f} | {wanted} | {cpu:.0f} | {memory:.0f} | {plain} | {ratio} |")


main()
