#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: a good configuration takes effect without disturbing what it leaves alone, a bad one
changes nothing and says so."""
import os
import time

import rmtest


class Reload(rmtest.Case):
    def replace(self, name, *pairs):
        text = self.read(name)
        for old, new in pairs:
            self.assertIn(old, text)
            text = text.replace(old, new)
        self.write(name, text)

    def start(self):
        self.hall("--racks", "4", "--rows", "2", "--every", "1s", "--no-bmcs")
        devices = self.read("config/devices.csv").split("\n")
        self.late = [line for line in devices if line.startswith("PDU-R04-B,")][0]
        self.write("config/devices.csv",
                   "\n".join(line for line in devices if line != self.late))
        self.simulator()
        # where it was started: status looks for the files from another folder
        self.rmd = self.daemon(config=os.path.relpath(self.path("config"))).ready()
        for name in ("PDU-R01-A", "PDU-R02-A", "PDU-R03-B", "UPS-1-M"):
            self.until_rows(name, 3)

    def holes(self, name, begin, end):
        """Instants from begin to end that the device's main scan lacks, and its gaps in there."""
        stored = self.value("""SELECT count(*) FROM hot AS h JOIN scan AS s ON s.id = h.scan
            JOIN entity AS e ON e.id = s.entity
            WHERE e.name = ? AND s.name = 'main' AND h.ts BETWEEN ? AND ?""", name, begin, end)
        gaps = self.rows("""SELECT cause, from_ts, to_ts FROM v_gap WHERE entity = ?
            AND scan = 'main' AND part IS NULL AND from_ts <= ?
            AND (to_ts IS NULL OR to_ts >= ?)""", name, end, begin)
        return end - begin + 1 - stored, gaps

    def test_good(self):
        self.start()
        begin = self.last_ts() - 1
        self.replace("config/devices.csv", ("\nPDU-R03-A,", "\n#PDU-R03-A,"))
        text = "\n".join(line for line in self.read("config/devices.csv").split("\n")
                         if line and not line.startswith("#"))
        self.write("config/devices.csv", text + "\n" + self.late + "\n")
        self.replace("config/racks.csv", ("R02-A R02-B,2N,16,", "R02-A R02-B,2N,12.5,"))
        self.replace("config/rackmeter.yaml", ("zone: UTC", "zone: Asia/Tokyo"))
        days = "SELECT count(*), sum((from_ts + ?) % 86400 = 0) FROM civil_day WHERE date > ?"
        yesterday, tomorrow = (time.strftime("%Y-%m-%d", time.gmtime(time.time() + d * 86400))
                               for d in (-1, 2))
        n, begin_at_midnight = self.rows(days, 0, "")[0]
        self.assertGreaterEqual(n, 730)
        self.assertEqual(begin_at_midnight, n)
        self.rmd.reload()
        # the site's days follow, from now on, without a hole
        n, begin_at_midnight = self.rows(days, 9 * 3600, tomorrow)[0]
        self.assertGreater(n, 364)
        self.assertEqual(begin_at_midnight, n)
        self.assertEqual(self.value("""SELECT count(*) FROM civil_day AS a JOIN civil_day AS b
            ON b.day = a.day + 1 AND b.from_ts <> a.to_ts"""), 0)
        self.assertEqual(self.value("SELECT count(*) FROM civil_day WHERE from_ts % 86400 = 0 "
                                    "AND date = ?", yesterday), 1)
        reloaded = self.last_ts()
        self.until_rows("PDU-R04-B", 3)
        self.until_rows("PDU-R01-A", 5, after=reloaded)
        end = self.last_ts() - 2
        for name in ("PDU-R01-A", "PDU-R01-B", "PDU-R02-A", "PDU-R02-B", "PDU-R03-B", "PDU-R04-A",
                     "UTIL-1-M", "UPS-1-M", "COOL-1-M"):
            with self.subTest(undisturbed=name):
                self.assertEqual(self.holes(name, begin, end), (0, []))
        self.assertEqual(self.value("SELECT count(*) FROM v_device_state WHERE device = 'PDU-R03-A'"),
                         0)
        self.assertLessEqual(self.value("""SELECT max(h.ts) FROM hot AS h JOIN scan AS s ON
            s.id = h.scan JOIN entity AS e ON e.id = s.entity WHERE e.name = 'PDU-R03-A'"""),
                             reloaded + 2)
        self.assertEqual(self.rows("SELECT budget_w FROM v_rack WHERE name IN ('R01', 'R02') "
                                   "ORDER BY name"), [(16000.0,), (12500.0,)])
        self.assertIn("configuration reloaded: 10 devices", self.rmd.log())
        status = self.rackmeter("status", "--db", self.db, "--format", "json").json()
        self.assertEqual((status["config_dir"], status["config_on_disk"]),
                         (os.path.realpath(self.path("config")), "same"))
        self.rmd.stop()

    def test_bad(self):
        self.start()
        begin, good = self.last_ts() - 1, self.read("config/devices.csv")
        number = [i for i, line in enumerate(good.split("\n"), 1)
                  if line.startswith("PDU-R02-A,")][0]
        self.replace("config/devices.csv", ("R02,R02-A,it_in", "R99,R02-A,it_in"))
        self.replace("config/rackmeter.yaml", ("zone: UTC", "zone: Europe/Berlin"))
        before = self.rows("SELECT key, value, valid_to FROM setting ORDER BY id")
        self.rmd.reload()
        self.assertIn(f"devices.csv:{number}", self.rmd.log())
        self.assertIn("R99", self.rmd.log())
        self.assertIn("stays in force", self.rmd.log())
        status = self.rackmeter("status", "--db", self.db)
        self.assertEqual(status.status, 1, status)
        self.assertIn("refused", status.out)
        self.assertIn(f"devices.csv:{number}", status.out)
        self.until_db("the refusal is an event",
                      "SELECT count(*) FROM v_event WHERE kind = 'config' AND severity = 1")
        self.assertEqual(self.rows("SELECT key, value, valid_to FROM setting ORDER BY id"), before)
        self.assertEqual(self.rows("SELECT ok FROM config_load ORDER BY id"), [(1,), (0,)])
        self.until_rows("PDU-R02-A", 3, after=self.last_ts())
        for name in ("PDU-R01-A", "PDU-R02-A", "UPS-1-M"):
            with self.subTest(undisturbed=name):
                self.assertEqual(self.holes(name, begin, self.last_ts() - 2), (0, []))

        self.write("config/devices.csv", good)  # mended
        self.replace("config/rackmeter.yaml", ("zone: Europe/Berlin", "zone: UTC"))
        self.rmd.reload()
        status = self.rackmeter("status", "--db", self.db)
        self.assertEqual(status.status, 0, status)
        self.assertNotIn("refused", status.out)
        self.rmd.stop()


if __name__ == "__main__":
    rmtest.main()
