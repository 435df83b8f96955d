#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Real programs for $RACKMETER_SOAK_MINUTES (2 unless told): rackmeterd is killed at random moments
while history is imported, backups and parts are taken; a reader holds a transaction while a hall is
polled. store.sh runs both; the random numbers of a run that fails are printed."""
import os
import random
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import rmtest  # noqa: E402  (it stands beside the system tests)

MINUTES = float(os.environ.get("RACKMETER_SOAK_MINUTES") or 2)
rmtest.LIFE_S = int(MINUTES * 60) + 900
SEED = int(os.environ.get("RACKMETER_SOAK_SEED") or time.time())
WAL_MAX = 25 << 20


class Soak(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.end = time.monotonic() + MINUTES * 60

    def committed(self):
        """What is visible, by place and time, without the newest, which may still be written."""
        rows = self.rows("SELECT entity, part, quantity, ts, value FROM v_reading")
        found = {row[:4]: row[4] for row in rows}
        self.assertEqual(len(found), len(rows), f"twice: seed {SEED}")
        return found

    def whole(self):
        db = sqlite3.connect(self.db, timeout=30)
        try:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)], SEED)
            self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [], SEED)
        finally:
            db.close()
        done = self.rackmeter("db", "verify", "--db", self.db)
        self.assertEqual(done.status, 0, f"seed {SEED}: {done}")

    def history(self, n):
        """A file of history of one device, another hour each time."""
        start = int(time.time()) // 3600 * 3600 - (3 + n % 200) * 3600 * 5
        lines = [f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(start + i * 10))},PDU-R01-A,"
                 f"main,power_w,{1000 + (i * n) % 77},W\n" for i in range(3000)]
        return self.write("history.csv", "time,device,part,quantity,value,unit\n" + "".join(lines))

    def beside(self, n):
        """One program that works on the file at the same time, and may be killed with it."""
        out = self.path(f"out-{n}.db")
        return self.random.choice([
            ["import", self.history(n), "--create", "--replace"], ["db", "backup", out],
            ["db", "export", "--sqlite", out, "--rack", "R01"], ["db", "info"], ["db", "verify"],
            ["report", "racks", "--last", "1h"]])

    def test_kills(self):
        self.hall("--racks", "4", "--rows", "2", "--every", "1s")
        self.simulator()
        kills, before = 0, {}
        while time.monotonic() < self.end:
            daemon = self.daemon().ready()
            until = time.monotonic() + self.random.choice((0.1, 1, 3, 8)) * self.random.random() * 2
            while time.monotonic() < until:
                job = subprocess.Popen([rmtest.RACKMETER, *self.beside(kills), "--db", self.db],
                                       env=self.env, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
                if self.random.random() < 0.3:
                    time.sleep(self.random.random() * 0.3)
                    job.kill()
                job.wait()
            daemon.kill()
            kills += 1
            self.whole()
            after = self.committed()
            lost = [k for k in before if k not in after]
            self.assertEqual(lost[:5], [], f"{len(lost)} readings are lost, seed {SEED}")
            before = after
            for name in os.listdir(self.dir):
                if name.startswith("out-"):
                    os.unlink(self.path(name))
        print(f"{kills} kills, {len(before)} readings")
        self.assertGreater(kills, 2)

    def test_reader(self):
        self.hall("--racks", "250", "--every", "1s", "--no-bmcs")
        self.simulator()
        daemon = self.daemon().ready()
        self.until_db("all are polled", "SELECT count(*) >= 500 FROM v_device_state "
                      "WHERE state = 'ok'", deadline_s=120)
        reader = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, isolation_level=None)
        reader.execute("BEGIN")
        n, = reader.execute("SELECT count(*) FROM hot").fetchone()
        began = self.last_ts()
        end, largest = time.monotonic() + MINUTES * 30, 0
        while time.monotonic() < end:
            time.sleep(5)
            largest = max(largest, os.path.getsize(self.db + "-wal"))
            self.assertGreater(self.last_ts(), time.time() - 15 * rmtest.SLACK, daemon.log())
        self.assertEqual(reader.execute("SELECT count(*) FROM hot").fetchone(), (n,))
        reader.execute("COMMIT")
        reader.close()
        told = self.value("SELECT count(*) FROM event WHERE text LIKE '%holds a transaction%'")
        print(f"the log grew to {largest >> 20} MB, told {told} times")
        self.assertEqual(told, 1 if largest > WAL_MAX else told)
        self.assertLessEqual(told, 1)
        if told:
            rmtest.until("the log starts over", lambda: "started over" in daemon.log(), 120)
            rmtest.until("and is given back",
                         lambda: os.path.getsize(self.db + "-wal") <= WAL_MAX, 120)
        self.until_rows("PDU-R01-A" if self.value("SELECT 1 FROM v_device WHERE name = 'PDU-R01-A'")
                        else self.value("SELECT min(name) FROM v_device WHERE name LIKE 'PDU-%'"),
                        3, after=self.last_ts())
        daemon.stop()
        self.assertEqual(self.rows("SELECT * FROM v_gap WHERE cause LIKE '%queue%' AND from_ts > ?",
                                   began), [])
        self.whole()


if __name__ == "__main__":
    rmtest.main()
