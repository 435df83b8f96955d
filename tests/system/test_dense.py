#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Hours past their age, moved into the denser form by a daemon that is killed amid it: the same
readings before, amid and after, in the view, in exports and in a part of the file; what comes late
finds its hour."""
import json
import random
import sqlite3
import time

import rmtest

DAY = 86400
HOURS = 30
SERIES = 16  # more hours than move in one transaction


def stamp(ts):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts))


class Dense(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.hall("--racks", "2", "--rows", "1", "--every", "1s", "--no-bmcs")
        self.simulator()
        self.start = int(time.time()) // 3600 * 3600 - 5 * DAY

    def retain(self, age):
        text = "".join(line for line in self.read("config/rackmeter.yaml").splitlines(True)
                       if not line.startswith("retention:"))
        self.write("config/rackmeter.yaml", f"{text}retention: {{dense_after: {age}}}\n")

    def history(self, devices):
        """Loads that wander, every tenth second, some polls lost."""
        dice = random.Random(20261126)
        lines = ["time,device,part,quantity,value,unit"]
        for device, part, step in devices:
            value = 300
            for ts in range(self.start, self.start + HOURS * 3600, 10):
                value += dice.randint(-12, 12) if dice.random() < 0.65 else 0
                if dice.random() < 0.999:
                    lines.append(f"{stamp(ts)},{device},{part},power_w,{value * step:.6f},W")
        return self.write("history.csv", "\n".join(lines) + "\n")

    def stored(self, db=None):
        connection = sqlite3.connect(f"file:{db or self.db}?mode=ro", uri=True, timeout=10)
        try:
            return connection.execute(
                """SELECT entity, part, ts, value FROM v_reading WHERE hour BETWEEN ? AND ?
                   ORDER BY 1, 2, 3""", (self.start, self.start + HOURS * 3600)).fetchall()
        finally:
            connection.close()

    def moved(self):
        return self.value("SELECT count(*) FROM chunk_dense") or 0

    def info(self):
        done = self.rackmeter("db", "info", "--format", "json", "--db", self.db)
        self.assertEqual(done.status, 0, done)
        return json.loads(done.out)

    def verify(self, db=None):
        done = self.rackmeter("db", "verify", "--db", db or self.db)
        self.assertEqual(done.status, 0, done)

    def export(self, device, name):
        out = self.path(name)
        done = self.rackmeter("db", "export", "--device", device, "--output", out, "--from",
                              stamp(self.start), "--to", stamp(self.start + HOURS * 3600), "--db",
                              self.db)
        self.assertEqual((done.status, done.err), (0, ""), done)
        return self.read(name)

    def test_moving(self):
        self.retain("0s")
        running = self.daemon().ready()
        devices = rmtest.until("series of power", lambda: self.rows(
            """SELECT e.name, s.part, p.mul * 1.0 / p.div FROM point p JOIN series s
               ON s.id = p.series JOIN entity e ON e.id = s.entity JOIN quantity q
               ON q.id = s.quantity JOIN v_device d ON d.name = e.name WHERE e.kind = 'device'
               AND q.name = 'power_w' AND d.rack IS NOT NULL ORDER BY s.main DESC, e.name LIMIT ?""",
            SERIES) or None)
        done = self.rackmeter("import", self.history(devices), "--db", self.db)
        self.assertEqual((done.status, done.err), (0, ""), done)
        running.stop()
        before, device = self.stored(), devices[0][0]
        text = self.export(device, "before.csv")
        self.assertGreater(len(before), len(devices) * HOURS * 350)
        self.assertEqual(self.moved(), 0)
        self.assertIsNone(self.info()["dense_to"])
        self.verify()

        # the newest hour, and one more by its age, stay
        self.retain("1h")
        most = len(devices) * (HOURS - 2)
        for _ in range(3):
            running = self.daemon()
            if self.moved() < most:
                rmtest.until("something moves", lambda was=self.moved(): self.moved() > was or
                             self.moved() >= most)
            running.kill()
            self.assertEqual(self.stored(), before)
            self.assertEqual(self.value("""SELECT count(*) FROM chunk_dense
                                           WHERE id IN (SELECT id FROM chunk)"""), 0)
        running = self.daemon().ready()
        rmtest.until("all are moved", lambda: self.moved() >= most)
        self.assertEqual(self.stored(), before)
        self.assertEqual(self.export(device, "after.csv"), text)
        self.verify()
        self.assertGreaterEqual(self.info()["dense_to"],
                                stamp(self.start + (HOURS - 2) * 3600)[:16])

        # a part of it is a file of its own
        out = self.path("out.db")
        done = self.rackmeter("db", "export", "--sqlite", out, "--db", self.db, "--to",
                              stamp(self.start + HOURS * 3600))
        self.assertEqual((done.status, done.err), (0, ""), done)
        self.assertEqual(self.stored(out), before)
        self.verify(out)

        # what comes late, while the daemon runs
        self.assertIn("nothing changed", self.rackmeter("import", "history.csv", "--db",
                                                        self.db).out)
        at = self.start + 7200
        name, part, step = devices[0]
        row = f"time,device,part,quantity,value,unit\n{stamp(at)},{name},{part},power_w,"
        self.write("late.csv", f"{row}{333 * step:.6f},W\n")
        done = self.rackmeter("import", "late.csv", "--replace", "--db", self.db)
        self.assertIn("1 of 1 values stored", done.out, done)
        want = {(e, p, ts): v for e, p, ts, v in before}
        got = {(e, p, ts): v for e, p, ts, v in self.stored()}
        self.assertAlmostEqual(got.pop((name, part, at)), 333 * step)
        want.pop((name, part, at), None)
        self.assertEqual(got, want)
        self.verify()
        running.stop()


if __name__ == "__main__":
    rmtest.main()
