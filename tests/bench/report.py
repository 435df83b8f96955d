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

PROGRAM, OURS, NAIVE, RACKS = sys.argv[1:5]
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

# what, wanted ms, arguments, the same by plain SQL (None: it is not asked), its field of the JSON
REPORTS = [
    ("month PUE, category 3", 500, ["pue", *MONTH], NAIVE_PUE, "ratio"),
    ("month energy of each meter, by day", 1000, ["energy", *MONTH], None, None),
    ("month of 7 tenants with their coincident demand", 5000, ["tenants", *MONTH], None, None),
    ("the register of meters, checked over a month", 2000, ["meters", *MONTH], None, None),
]


def measure(arguments):
    """Least wall and CPU time in ms, most resident memory in MB, and the report."""
    least = cpu = float("inf")
    most = 0
    for _ in range(3):
        begin = time.monotonic()
        with subprocess.Popen([PROGRAM, "report", *arguments, "--db", OURS, "--format", "json"],
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


def by_sql(query):
    db = sqlite3.connect(f"file:{NAIVE}?mode=ro", uri=True)
    begin = time.process_time()
    value = db.execute(query).fetchone()[0]
    return (time.process_time() - begin) * 1000, value


def main():
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}"
    print("| date | machine | command | what | ms | wanted | CPU ms | memory MB | plain SQL CPU ms "
          "| ours/plain |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for what, wanted, arguments, query, field in REPORTS:
        ms, cpu, memory, report = measure(arguments)
        plain = ratio = "-"
        if query:
            sql_ms, value = by_sql(query)
            if abs(value / report[field] - 1) > 0.01:
                sys.exit(f"{what}: {report[field]}, by plain SQL {value}")
            plain, ratio = f"{sql_ms * 10:.0f} (10 x a tenth)", f"{cpu / (sql_ms * 10):.4f}"
        print(f"| {date.today()} | {machine} | `sh tests/bench/report.sh {RACKS}` | {what}, "
              f"{RACKS} racks | {ms:.0f} | {wanted} | {cpu:.0f} | {memory:.0f} | {plain} | {ratio} |")


main()
