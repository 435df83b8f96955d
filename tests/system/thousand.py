# SPDX-License-Identifier: Apache-2.0
"""1,000 simulated rack PDUs, polled live: that no poll is late or lost, and what it costs.

For test_thousand.py (half a minute) and tests/bench/thousand.sh (two minutes). The figures are
those of the steady state: the survey of all devices is over when the clock starts.
"""
import datetime
import os
import platform
import re
import time

import rmtest

RACKS = 500


def cpu_s(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid):
    """The most that was resident at any time."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read()).group(1)) / 1024


def traffic(sim):
    """What the simulator counts: packets and their bytes."""
    return {k: int(v) for k, v in (word.split("=") for word in sim.tell("count").split())}


class Figures:
    """What one run showed."""

    def __init__(self, case, every_s, seconds):
        case.hall("--racks", str(RACKS), "--rows", "10", "--every", f"{every_s}s", "--no-bmcs")
        sim = case.simulator()
        daemon = case.daemon().ready()
        case.until_db("every PDU polled once", """
            SELECT count(DISTINCT scan) >= ? FROM hot WHERE scan IN (
                SELECT s.id FROM scan AS s JOIN entity AS e ON e.id = s.entity
                WHERE e.kind = 'device' AND e.name LIKE 'PDU-%' AND s.name = 'main')""",
                      2 * RACKS, deadline_s=90)
        start, start_cpu, start_sim = time.monotonic(), cpu_s(daemon.pid), cpu_s(sim.pid)
        before, first = traffic(sim), case.last_ts() + 1
        case.until_db(f"{seconds} s of polling", "SELECT max(ts) >= ? FROM hot", first + seconds,
                      deadline_s=seconds + 60)
        wall = time.monotonic() - start
        self.cpu_s = cpu_s(daemon.pid) - start_cpu
        self.cpu = 100 * self.cpu_s / wall
        seen = {k: v - before[k] for k, v in traffic(sim).items()}
        self.requests = seen["snmp_in"]
        self.request_bytes = round(seen["snmp_in_bytes"] / max(1, self.requests))
        self.answer_bytes = round(seen["snmp_out_bytes"] / max(1, seen["snmp_out"]))
        self.request_us = 1e6 * self.cpu_s / max(1, self.requests)
        self.sim_cpu = 100 * (cpu_s(sim.pid) - start_sim) / wall
        self.rss = memory_mb(daemon.pid)
        daemon.stop()
        said = re.search(r"stopping after (\d+) scans, (\d+) late, (\d+) at their deadline; "
                                r"longest delay of the loop ([\d.]+) ms", daemon.log())
        if not said:
            raise AssertionError(f"rackmeterd did not say how it went:\n{daemon.log()}")
        self.late, self.overrun, self.lag_ms = int(said[2]), int(said[3]), float(said[4])
        # Whole instants of the window, at every PDU's own phase.
        last = first + seconds - every_s
        rows = case.ring_rows("""h.ts >= ? AND h.ts < ? AND h.scan IN (
            SELECT s.id FROM scan AS s JOIN entity AS e ON e.id = s.entity
            WHERE e.kind = 'device' AND e.name LIKE 'PDU-%' AND s.name = 'main')""", first, last)
        lacking = set(case.rows("""SELECT p.scan, p.slot FROM point AS p JOIN series AS r
            ON r.id = p.series WHERE r.part = 'psu 2'"""))  # by the APCs
        self.rows, self.values = len(rows), sum(len(raws) for raws in rows.values())
        self.absent = sum(raw is None and (scan, slot) not in lacking
                          for (scan, _), raws in rows.items() for slot, raw in enumerate(raws))
        self.expected_rows = 2 * RACKS * ((last - first) // every_s)
        self.window_s = (last - first) // every_s * every_s
        # A window that is no whole number of steps holds one more instant for some.
        self.most_rows = 2 * RACKS * -(-(last - first) // every_s)
        self.gaps = case.rows("""
            SELECT entity, scan, part, cause, from_ts, to_ts FROM v_gap
            WHERE entity_kind = 'device' AND cause NOT IN ('rackmeterd was not running')
              AND from_ts >= ?""", first)
        self.every_s, self.seconds = every_s, seconds
        self.points = self.values / self.rows if self.rows else 0
        self.size_mb = os.path.getsize(case.db) / 1e6

    def lines(self):
        return [f"{2 * RACKS} PDUs every {self.every_s} s, {self.points:.0f} points each: "
                f"{self.rows} scans, {self.late} late, {self.overrun} at their deadline, "
                f"{len(self.gaps)} gaps",
                f"CPU {self.cpu:.1f} % of one core (simulator {self.sim_cpu:.1f} %), memory "
                f"{self.rss:.0f} MB, longest delay of the loop {self.lag_ms:.1f} ms, database "
                f"{self.size_mb:.1f} MB",
                f"{self.cpu_s:.2f} s of CPU for {self.requests} requests "
                f"({self.request_bytes} bytes, answers {self.answer_bytes}): "
                f"{self.request_us:.1f} us each; {self.values / self.window_s:.0f} samples/s"]

    def table_row(self, command, floor_us):
        """One row for tests/bench/RESULTS.md. floor_us: CPU per request of udp_floor."""
        machine = f"{os.cpu_count()} cores, Linux {platform.release().split('-')[0]}"
        return (f"| {datetime.date.today()} | {machine} | `{command}` | {2 * RACKS} PDUs x "
                f"{self.points:.0f} points every {self.every_s} s, {self.seconds} s | "
                f"{self.late} | {len(self.gaps)} | {self.cpu:.1f} % | {self.rss:.0f} MB | "
                f"{self.values / self.window_s:.0f} | {self.request_us:.1f} us | {floor_us:.1f} us | "
                f"{self.request_us / floor_us:.1f} |")


def check(case, figures):
    case.assertEqual((figures.late, figures.overrun), (0, 0), figures.lines())
    case.assertEqual(figures.gaps, [])
    case.assertEqual(figures.absent, 0)
    case.assertGreaterEqual(figures.rows, figures.expected_rows)
    case.assertLessEqual(figures.rows, figures.most_rows)
