#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A tenant's database out of one that a daemon writes at the same time: the same readings, the same
report, and nothing of anybody else in any byte of it."""
import os
import pty
import sqlite3
import subprocess
import time

import rmtest


class Export(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.hall("--racks", "6", "--rows", "2", "--every", "1s", "--no-bmcs")
        self.simulator()
        self.running = self.daemon().ready()
        self.racks = dict(self.rows_soon("SELECT name, tenant FROM v_rack WHERE tenant <> ''"))
        self.tenants = sorted(set(self.racks.values()))
        self.assertGreaterEqual(len(self.tenants), 2)
        self.until_rows("PDU-R01-A", 5)

    def rows_soon(self, sql):
        return rmtest.until("the configuration is stored", lambda: self.rows(sql))

    def readings(self, db, devices, to=1 << 40):
        connection = sqlite3.connect(f"file:{db}?mode=ro", uri=True, timeout=10)
        try:
            marks = ",".join("?" * len(devices))
            return set(connection.execute(
                f"""SELECT entity, part, quantity, ts, value FROM v_reading
                    WHERE entity IN ({marks}) AND ts <= ?""", (*devices, to)))
        finally:
            connection.close()

    def history(self, device):
        """Two hours of three days ago, so that finished hours are in it."""
        part, = self.rows("""SELECT s.part FROM v_series s JOIN v_device d ON d.name = s.entity
                             WHERE s.entity = ? AND s.quantity = 'power_w' AND s.main""", device)[0]
        start = int(time.time()) // 3600 * 3600 - 3 * 86400
        lines = [f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(start + i * 10))},{device},"
                 f"{part},power_w,{1000 + i % 50},W\n" for i in range(720)]
        path = self.write("history.csv", "time,device,part,quantity,value,unit\n" + "".join(lines))
        done = self.rackmeter("import", path, "--db", self.db)
        self.assertEqual(done.status, 0, done)

    def test_tenant(self):
        tenant, other = self.tenants[:2]
        devices = self.rows("SELECT name, rack FROM v_device WHERE rack <> ''")
        own = [d for d, rack in devices if self.racks.get(rack) == tenant]
        others = [d for d, rack in devices if rack in self.racks and self.racks[rack] != tenant]
        self.history(own[0])
        self.history(others[0])
        before = self.readings(self.db, own)
        out = self.path("out.db")
        done = self.rackmeter("db", "export", "--sqlite", out, "--tenant", tenant, "--db", self.db)
        self.assertEqual((done.status, done.err), (0, ""), done)
        self.assertEqual(os.stat(out).st_mode & 0o777, 0o640)
        self.assertEqual([n for n in os.listdir(self.dir) if n.startswith("out.db")], ["out.db"])

        taken = self.readings(out, own)
        to = max(ts for _, _, _, ts, _ in taken)
        # what was polled while the file was made may be in it or not
        self.assertFalse(before - taken)
        self.assertFalse(taken - self.readings(self.db, own, to))
        self.assertGreater(len(taken), 720)
        with open(out, "rb") as f:
            content = f.read()
        racks = [r for r, t in self.racks.items() if t != tenant]
        for word in (*racks, *others, other, "127.1.0.", self.path("config"), "credentials"):
            self.assertNotIn(word.encode(), content, word)
        done = self.rackmeter("db", "verify", "--db", out)
        self.assertEqual(done.status, 0, done)

        self.running.stop()  # so that both say the same of the same time
        out = self.path("again.db")
        done = self.rackmeter("db", "export", "--sqlite", out, "--tenant", tenant, "--db", self.db)
        self.assertEqual(done.status, 0, done)
        now = ("--now", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.last_ts() + 1)))
        told = [self.rackmeter("report", "tenants", "--tenant", tenant, "--last", "1h", "--format",
                               "json", *now, "--db", db).json() for db in (self.db, out)]
        self.assertGreater(told[0]["energy_wh"], 0)
        for key in ("energy_wh", "coverage_pct", "racks_now"):
            self.assertEqual(told[0][key], told[1][key], key)

    def test_check_on_a_terminal(self):
        """Who waits at a terminal is told how far it is; what is found is on standard output."""
        self.running.stop()
        screen, terminal = pty.openpty()
        done = subprocess.run([rmtest.RACKMETER, "db", "verify", "--db", self.db], env=self.env,
                              stdout=subprocess.PIPE, stderr=terminal, text=True, check=False,
                              timeout=rmtest.DEADLINE_S)
        os.close(terminal)
        told = os.read(screen, 65536).decode()
        os.close(screen)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), 1, done.stdout)
        self.assertTrue(told.startswith("the file ..."), told)
        self.assertTrue(told.endswith("\r\033[K"), told)

    def test_refused(self):
        def refused(word, *arguments, status=2):
            done = self.rackmeter("db", "export", *arguments, "--db", self.db)
            self.assertEqual((done.status, done.out), (status, ""), done)
            self.assertIn(word, done.err)
        there = self.write("there.db", "mine")
        refused("already", "--sqlite", there)
        self.assertEqual(self.read("there.db"), "mine")
        refused("nobody", "--sqlite", self.path("x.db"), "--tenant", "nobody")
        refused("one of", "--sqlite", self.path("x.db"), "--tenant", "a", "--rack", "b")
        refused("--part", "--sqlite", self.path("x.db"), "--part", "inlet")
        refused("not behind", "--sqlite", self.path("x.db"), "--from", "2026-01-02", "--to",
                "2026-01-01")
        refused("nowhere", "--sqlite", self.path("nowhere", "x.db"))
        refused("--sqlite", "--tenant", "a")
        self.assertEqual([n for n in os.listdir(self.dir) if n.startswith("x.db")], [])


if __name__ == "__main__":
    rmtest.main()
