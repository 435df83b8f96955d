# SPDX-License-Identifier: Apache-2.0
"""A simulated hall or site under load: starts rackmeter-sim and rackmeterd, waits for the end of
the survey, measures a window, and asks the database afterwards whether anything is missing. For
site.sh, faults.sh and poll_snmp.sh. All on loopback, all ended with this process."""
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ["RACKMETER_BUILD"]
TICK = os.sysconf("SC_CLK_TCK")


def say(text):
    print(text, file=sys.stderr, flush=True)


def machine():
    release = os.uname().release
    return f"{os.cpu_count()} cores, Linux {release.split('-')[0]}"


class Load:
    """One hall with its two processes; neither outlives LIFE_S."""

    LIFE_S = 1200

    def __init__(self, port, *hall):
        self.dir = tempfile.mkdtemp(prefix="rackmeter-bench-")
        self.db_path = os.path.join(self.dir, "rackmeter.db")
        self.log_path = os.path.join(self.dir, "log")
        self.processes = []
        make = os.path.join(SOURCE, "tests", "sim", "make_hall.py")
        subprocess.run([sys.executable, "-B", make, self.dir, "--snmp-port", str(port),
                        "--modbus-port", str(port + 1), *hall], check=True)
        with open(os.path.join(self.dir, "truth.json"), encoding="utf-8") as f:
            self.devices = json.load(f)["devices"]
        with open(os.path.join(self.dir, "scene", "scene"), encoding="utf-8") as f:
            self.silent = sum(line.startswith("fault ") for line in f)
        self.sim = self.spawn(
            [os.path.join(BUILD, "tests", "sim", "rackmeter-sim"), "--snmp-port", str(port),
             "--modbus-port", str(port + 1), "--for", str(self.LIFE_S), "--stdin",
             os.path.join(self.dir, "scene", "scene")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if not self.sim.stdout.readline().startswith("ready"):
            sys.exit("the simulator did not start")

    def spawn(self, command, **options):
        process = subprocess.Popen(command, **options)
        self.processes.append(process)
        return process

    def tell(self, line):
        self.sim.stdin.write(line + "\n")
        self.sim.stdin.flush()
        return self.sim.stdout.readline().strip()

    def tell_all(self, lines):
        """Many at once: the simulator answers each."""
        for at in range(0, len(lines), 500):
            part = lines[at:at + 500]
            self.sim.stdin.write("".join(line + "\n" for line in part))
            self.sim.stdin.flush()
            for _ in part:
                self.sim.stdout.readline()

    def requests(self):
        return int(re.search(r"snmp_in=(\d+)", self.tell("count")).group(1))

    def modbus_requests(self):
        return int(re.search(r"modbus_in=(\d+)", self.tell("count")).group(1))

    def start(self):
        env = dict(os.environ, RACKMETER_PROFILES=os.path.join(SOURCE, "schema", "profiles"))
        with open(self.log_path, "wb") as log:
            self.daemon = self.spawn(
                [os.path.join(BUILD, "collector", "rackmeterd"), "--config",
                 os.path.join(self.dir, "config")], stdout=log, stderr=log, env=env)
        self.began = time.monotonic()

    def rows(self, sql, *values):
        db = sqlite3.connect(f"file:{self.db_path}?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(sql, values).fetchall()
        finally:
            db.close()

    def wait_surveyed(self, n, deadline_s):
        """Seconds until n devices had their points in the database."""
        sql = """SELECT count(*) FROM scan AS s JOIN entity AS e ON e.id = s.entity
                 WHERE e.kind = 'device' AND s.name = 'main'"""
        seen = -1
        while True:
            if self.daemon.poll() is not None:
                with open(self.log_path, encoding="utf-8") as f:
                    sys.exit("rackmeterd ended: " + f.read()[-2000:])
            try:
                seen = self.rows(sql)[0][0]
            except sqlite3.OperationalError:  # not there yet
                pass
            took = time.monotonic() - self.began
            if seen >= n:
                return took
            if took > deadline_s:
                sys.exit(f"{seen} of {n} devices were surveyed in {took:.0f} s")
            time.sleep(1)

    def threads(self):
        """CPU seconds by thread name; the same name is one."""
        cpu = {}
        base = f"/proc/{self.daemon.pid}/task"
        for task in os.listdir(base):
            try:
                with open(f"{base}/{task}/stat", encoding="ascii") as f:
                    head, fields = f.read().rsplit(")", 1)
            except FileNotFoundError:
                continue
            name, fields = head.split("(", 1)[1], fields.split()
            name = {"rackmeterd": "other"}.get(name, name.replace("rackmeter-", ""))
            cpu[name] = cpu.get(name, 0) + (int(fields[11]) + int(fields[12])) / TICK
        return cpu

    def sim_cpu(self):
        with open(f"/proc/{self.sim.pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def memory_mb(self, what="VmRSS"):
        with open(f"/proc/{self.daemon.pid}/status", encoding="ascii") as f:
            return int(re.search(what + r":\s+(\d+)", f.read()).group(1)) / 1024

    def wal_mb(self):
        try:
            return os.path.getsize(self.db_path + "-wal") / 1e6
        except FileNotFoundError:
            return 0.0

    def measure(self, seconds):
        """Lets it run; returns what the window showed."""
        w = {"from": int(time.time()) + 1, "wal_mb": 0.0}
        cpu, requests, sim, start = self.threads(), self.requests(), self.sim_cpu(), time.monotonic()
        while time.monotonic() - start < seconds:
            time.sleep(min(5, max(0.1, seconds - (time.monotonic() - start))))
            w["wal_mb"] = max(w["wal_mb"], self.wal_mb())
        w["wall"] = time.monotonic() - start
        w["threads"] = {k: (v - cpu.get(k, 0)) / w["wall"] for k, v in self.threads().items()}
        w["cpu"] = sum(w["threads"].values())
        w["requests"] = (self.requests() - requests) / w["wall"]
        w["us"] = w["cpu"] / w["requests"] * 1e6 if w["requests"] else 0.0
        w["sim"] = (self.sim_cpu() - sim) / w["wall"]
        w["rss_mb"] = self.memory_mb()
        w["to"] = int(time.time()) - 1
        return w

    def stop(self):
        """Ends the daemon in order; returns what it said of itself."""
        self.daemon.send_signal(signal.SIGTERM)
        self.daemon.wait(timeout=60)
        with open(self.log_path, encoding="utf-8") as f:
            log = f.read()
        said = re.search(r"stopping after (\d+) scans, (\d+) late, (\d+) at their deadline; longest "
                         r"delay of the loop ([\d.]+) ms(?:; (\d+) rows at most waited)?", log)
        if not said:
            sys.exit("rackmeterd did not say how it went:\n" + log[-2000:])
        return {"scans": int(said[1]), "late": int(said[2]), "overrun": int(said[3]),
                "lag_ms": float(said[4]), "queue": int(said[5] or 0)}

    def stored(self, first, last, silent):
        """Rows and values of devices in a window of whole instants, and what should have been.
        silent: SQL for the names of devices that are dead."""
        counts = dict(self.rows("SELECT scan, count(*) FROM hot WHERE ts >= ? AND ts < ? "
                                "GROUP BY scan", first, last))
        short = total = 0
        for scan, step in self.rows(f"""
                SELECT s.id, g.step_s FROM scan AS s JOIN entity AS e ON e.id = s.entity
                JOIN scan_grid AS g ON g.scan = s.id
                WHERE e.kind = 'device' AND s.name = 'main' AND e.name NOT IN ({silent})"""):
            total += 1
            short += max(0, (last - first) // step - counts.get(scan, 0))
        values = self.rows("SELECT sum(CASE back WHEN 0 THEN json_array_length(v) ELSE "
                           "length(v) / w END) FROM hot WHERE ts >= ? AND ts < ?",
                           first, last)[0][0] or 0
        return {"scans": total, "missing": short, "rows": sum(counts.values()),
                "values_s": values / (last - first)}

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
