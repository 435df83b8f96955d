#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""History into a database that a daemon writes at the same time: import, export and back, filling
from a second collector's file; every bad line told, nothing stored twice."""
import csv
import re
import shutil
import sqlite3
import time

import rmtest

HEADER = "time,device,part,quantity,value,unit\n"
DAY = 86400


def stamp(ts):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts))


class Import(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.hall("--racks", "2", "--rows", "1", "--every", "1s", "--no-bmcs")
        self.simulator()
        self.running = self.daemon().ready()
        self.device, self.part, mul, div = self.until_series()
        self.step = mul / div
        # an hour three days back, and two hours further
        self.start = int(time.time()) // 3600 * 3600 - 3 * DAY

    def until_series(self):
        sql = """SELECT e.name, s.part, p.mul, p.div FROM point p JOIN series s ON s.id = p.series
                 JOIN entity e ON e.id = s.entity JOIN quantity q ON q.id = s.quantity
                 JOIN v_device d ON d.name = e.name
                 WHERE e.kind = 'device' AND q.name = 'power_w' AND d.rack IS NOT NULL
                 ORDER BY e.name, s.main DESC LIMIT 1"""
        return rmtest.until("a series of power", lambda: self.rows(sql))[0]

    def csv(self, name, rows, header=HEADER):
        return self.write(name, header + "".join(
            ",".join(str(c) for c in row) + "\n" for row in rows))

    def history(self, n=3 * 360, start=None, unit="W"):
        """Values on a grid of ten seconds, in steps of the series, by instant."""
        start = start or self.start
        factor = 1000 if unit == "kW" else 1
        values = {start + i * 10: (100 + i * 7 % 90) * self.step for i in range(n)}
        return values, [(stamp(ts), self.device, self.part, "power_w", f"{v / factor:.6f}", unit)
                        for ts, v in values.items()]

    def run_import(self, *arguments, db=None):
        return self.rackmeter("import", *arguments, "--db", db or self.db)

    def stored(self, db=None):
        """What the view says of the series over the imported days."""
        connection = sqlite3.connect(f"file:{db or self.db}?mode=ro", uri=True, timeout=10)
        try:
            return {ts: round(v, 6) for ts, v in connection.execute(
                """SELECT ts, value FROM v_reading WHERE entity_kind = 'device' AND entity = ?
                   AND part = ? AND quantity = 'power_w' AND hour < ?""",
                (self.device, self.part, self.start + DAY))}
        finally:
            connection.close()

    def verify(self, db=None):
        done = self.rackmeter("db", "verify", "--db", db or self.db)
        self.assertEqual(done.status, 0, done)

    def test_history(self):
        values, rows = self.history(unit="kW")
        path = self.csv("history.csv", rows)
        rehearsal = self.run_import(path, "--dry-run")
        self.assertEqual(rehearsal.status, 0, rehearsal)
        self.assertIn(f"{len(rows)} of {len(rows)} values would be stored", rehearsal.out)
        self.assertEqual(self.stored(), {})
        done = self.run_import(path)
        self.assertEqual((done.status, done.err), (0, ""), done)
        self.assertIn(f"{len(rows)} of {len(rows)} values stored", done.out)
        longest = float(re.search(r"the longest of ([\d.]+) ms", done.out).group(1))
        self.assertLess(longest, 50 * rmtest.SLACK * 2)  # others' load on the machine
        want = {ts: round(v, 6) for ts, v in values.items()}
        self.assertEqual(self.stored(), want)
        # the rolled-up views have it too
        hours = self.rows("""SELECT ts, n, min, max FROM v_reading_1h WHERE entity = ? AND part = ?
                             AND quantity = 'power_w' AND ts BETWEEN ? AND ?""",
                          self.device, self.part, self.start, self.start + 2 * 3600)
        self.assertEqual([h[:2] for h in hours], [(self.start + i * 3600, 360) for i in range(3)])
        self.assertAlmostEqual(hours[0][2], min(v for t, v in values.items()
                                                if t < self.start + 3600))
        days = self.rows("""SELECT d.ts, d.to_ts, d.n FROM v_reading_1d AS d WHERE d.entity = ? AND
                            d.part = ? AND d.quantity = 'power_w' AND d.ts < ?""",
                         self.device, self.part, self.start + 2 * DAY)
        self.assertEqual(sum(n for _, _, n in days), len(rows))
        for begin, end, n in days:
            self.assertEqual(n, sum(begin <= ts < end for ts in values))
        again = self.run_import(path)
        self.assertEqual(again.status, 0, again)
        self.assertIn("nothing changed", again.out)
        self.assertEqual(self.value("SELECT count(*) FROM event WHERE kind = 'import'"), 1)
        # other values: stay as they are, unless told
        other = [(*row[:4], float(row[4]) + self.step / 1000, row[5]) for row in rows[:400]]
        other.append((stamp(self.start + 5), *rows[0][1:]))
        path = self.csv("other.csv", other)
        kept = self.run_import(path)
        self.assertEqual(kept.status, 0, kept)
        self.assertIn("1 of 401 values stored", kept.out)
        want[self.start + 5] = want[self.start]
        self.assertEqual(self.stored(), want)
        replaced = self.run_import(path, "--replace")
        self.assertIn("400 of 401 values stored", replaced.out, replaced)
        for i in range(400):
            want[self.start + i * 10] = round(want[self.start + i * 10] + self.step, 6)
        self.assertEqual(self.stored(), want)
        self.verify()
        # the daemon was not disturbed
        before = self.last_ts()
        self.until_db("polls go on", "SELECT max(ts) > ? FROM hot", before)
        self.assertEqual(self.value("SELECT count(*) FROM v_gap WHERE cause LIKE '%queue%'"), 0)
        self.running.stop()

    def test_round_trip(self):
        _, rows = self.history()
        self.assertEqual(self.run_import(self.csv("a.csv", rows)).status, 0)
        before = self.stored()
        copy = self.path("copy.db")
        self.assertEqual(self.rackmeter("db", "backup", copy, "--db", self.db).status, 0)
        out = self.path("out.csv")
        what = ("--from", stamp(self.start), "--to", stamp(self.start + DAY), "--db", self.db)
        done = self.rackmeter("db", "export", "--device", self.device, "--output", out, *what)
        self.assertEqual((done.status, done.err), (0, ""), done)
        with open(out, encoding="utf-8", newline="") as f:
            read = list(csv.DictReader(f))
        self.assertEqual(len(read), len(rows))
        self.assertEqual({(r["device"], r["part"], r["quantity"], r["unit"]) for r in read},
                         {(self.device, self.part, "power_w", "W")})
        for how in ((), ("--replace",)):
            again = self.run_import(out, *how)
            self.assertIn("nothing changed", again.out, again)
        # into a file that does not have it
        connection = sqlite3.connect(copy)
        connection.executescript("""DELETE FROM chunk; DELETE FROM rollup_5m; DELETE FROM rollup_1h;
                                    DELETE FROM period""")
        connection.close()
        done = self.run_import(out, db=copy)
        self.assertIn(f"{len(rows)} of {len(rows)} values stored", done.out, done)
        self.assertEqual(self.stored(copy), before)
        self.verify(copy)
        # the same by rack, part and quantity, to standard output
        rack = self.value("SELECT rack FROM v_device WHERE name = ?", self.device)
        done = self.rackmeter("db", "export", "--rack", rack, "--part", self.part, "--quantity",
                              "power_w", *what)
        self.assertEqual(done.out.count(f",{self.device},"), len(rows), done)
        for wrong, word in ((("--device", "nobody"), "nobody"), (("--rack", "nowhere"), "nowhere")):
            done = self.rackmeter("db", "export", *wrong, *what)
            self.assertEqual(done.status, 2, done)
            self.assertIn(word, done.err)

    def test_bad_lines(self):
        good = (stamp(self.start), self.device, self.part, "power_w", 500, "W")

        def but(**cells):
            names = ("time", "device", "part", "quantity", "value", "unit")
            return tuple(cells.get(n, g) for n, g in zip(names, good))

        now = int(time.time())
        bad = [(but(time="yesterday"), "yesterday"), (but(device=self.device + "x"), self.device),
               (but(part="outlet 999"), "outlet 999"), (but(quantity="powr_w"), "power_w"),
               (but(value="n/a"), "n/a"), (but(unit="kWh"), "kW"), (but(unit="kw"), "kW"),
               (but(value="1e12"), "out of range"), (but(value=""), "value is empty"),
               (but(value=501), "line 2"), (but(time=stamp(now)), "not finished"),
               (but(time=stamp(now + 40 * DAY)), "not finished")]
        path = self.csv("bad.csv", [good] + [row for row, _ in bad])
        for how in ((), ("--dry-run",)):
            done = self.run_import(path, *how)
            self.assertEqual((done.status, done.out), (1, ""), done)
            for i, (row, word) in enumerate(bad):
                line = [text for text in done.err.splitlines()
                        if re.match(rf"{re.escape(path)}:{i + 3}:", text)]
                self.assertEqual(len(line), 1, f"line {i + 3} {row}: {done.err}")
                self.assertIn(word, line[0])
            self.assertIn("nothing was stored", done.err)
        self.assertEqual(self.stored(), {})
        for text, word in (("", "header"), ("time,device\n1,2\n", "column"), (HEADER, "no values")):
            done = self.run_import(self.write("other.csv", text))
            self.assertEqual(done.status, 1, done)
            self.assertIn(word, done.err)
        self.assertEqual(self.run_import(self.path("none.csv")).status, 2)
        self.assertEqual(self.run_import(path, db=self.path("none.db")).status, 2)
        self.assertEqual(self.rackmeter("import").status, 2)

    def test_create(self):
        rows = [(stamp(self.start + i * 900), device, part, quantity, value + i, unit)
                for i in range(200)
                for device, part, quantity, value, unit in (
                    ("Old meter", "main", "energy_wh", 77, "kWh"),
                    (self.device, "sensor 9", "temperature_c", 68, "F"))]
        path = self.csv("new.csv", rows)
        self.assertEqual(self.run_import(path).status, 1)
        done = self.run_import(path, "--create", "--dry-run")
        self.assertIn("2 series would be made", done.out, done)
        self.assertEqual(self.rows("SELECT 1 FROM entity WHERE name = 'Old meter'"), [])
        done = self.run_import(path, "--create")
        self.assertIn("400 of 400 values stored", done.out, done)
        self.assertIn("2 series made", done.out)
        sql = """SELECT ts, value FROM v_reading WHERE entity = ? AND part = ? AND hour < ?
                 ORDER BY ts"""
        for name, part, want in (("Old meter", "main", lambda i: (77 + i) * 1000),
                                 (self.device, "sensor 9", lambda i: round((36 + i) * 5 / 9, 2))):
            read = self.rows(sql, name, part, self.start + 4 * DAY)
            self.assertEqual([(ts, round(v, 6)) for ts, v in read],
                             [(self.start + i * 900, want(i)) for i in range(200)])
        self.assertIn("nothing changed", self.run_import(path).out)
        self.assertIn("nothing changed", self.run_import(path, "--create").out)
        self.verify()

    def test_fill(self):
        _, rows = self.history()
        first = [r for i, r in enumerate(rows) if i < 360 or i % 2]  # half of it from hour 2 on
        self.assertEqual(self.run_import(self.csv("a.csv", first[:700])).status, 0)
        other = self.path("other.db")
        self.assertEqual(self.rackmeter("db", "backup", other, "--db", self.db).status, 0)
        # the other has all of it, one instant otherwise, and a grid beside ours
        self.assertEqual(self.run_import(self.csv("b.csv", rows), db=other).status, 0)
        want = self.stored(other)
        extra = [(stamp(self.start + 3), *rows[0][1:])]
        self.assertEqual(self.run_import(self.csv("c.csv", extra), db=other).status, 0)
        changed = [(*rows[0][:4], float(rows[0][4]) + 5 * self.step, "W")]
        self.assertEqual(self.run_import(self.csv("d.csv", changed), "--replace", db=other).status, 0)
        before = self.stored()
        fill = ("db", "fill", "--from", other, "--db", self.db)
        done = self.rackmeter(*fill, "--dry-run")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.stored(), before)
        done = self.rackmeter(*fill)
        self.assertEqual((done.status, done.err), (0, ""), done)
        after = self.stored()
        self.assertEqual({ts: after[ts] for ts in before}, before)
        missing = {ts: v for ts, v in want.items() if ts not in after}
        self.assertEqual(missing, {})
        self.assertEqual({ts: v for ts, v in after.items() if ts not in want and ts % 10 == 0}, {})
        self.assertIn(f"{len(after) - len(before)} values of", done.out)
        longest = float(re.search(r"the longest of ([\d.]+) ms", done.out).group(1))
        self.assertLess(longest, 50 * rmtest.SLACK * 2)
        told = "SELECT count(*) FROM event WHERE kind = 'import' AND text LIKE '%other.db'"
        self.assertEqual(self.value(told), 1)
        self.assertIn("nothing changed", self.rackmeter(*fill).out)
        self.assertEqual(self.value(told), 1)
        self.verify()
        self.assertEqual(self.rackmeter("db", "fill", "--db", self.db).status, 2)
        self.assertEqual(self.rackmeter("db", "fill", "--from", self.path("no.db"), "--db",
                                        self.db).status, 2)

    def test_kill(self):
        """An import that is killed leaves a whole file, and the next one completes it."""
        values, rows = self.history(n=20 * 360)
        path = self.csv("long.csv", rows)
        for delay in (0.02, 0.03, 0.05, 0.1):
            job = rmtest.Process(self, "import", [rmtest.RACKMETER, "import", path, "--db",
                                                  self.db])
            end = time.monotonic() + delay
            rmtest.until("the moment", lambda end=end: time.monotonic() >= end)
            job.kill()
            self.verify()
        # also of those that did not get to their end
        told = self.value("SELECT count(*) FROM event WHERE kind = 'import' AND text LIKE "
                          "'%long.csv%'")
        stored = self.value("SELECT count(*) FROM period")
        self.assertTrue(told or not stored)
        done = self.run_import(path)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.stored(), {ts: round(v, 6) for ts, v in values.items()
                                         if ts < self.start + DAY})
        self.verify()


if __name__ == "__main__":
    rmtest.main()
