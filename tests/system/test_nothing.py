#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every report and every check where there is nothing to tell: what is missing and what to do
about it, a status that is not 0, and never a figure."""
import re

import rmtest

YAML = "version: 1\nsite: Nord\nzone: UTC\ndatabase: ../rackmeter.db\n"
BOUNDARY = """\
boundary:
  - name: site
    facility: ["+ role:utility"]
    it: {category: 1, sum: ["+ role:ups_out"]}
"""
CHECKS = ("racks", "failover", "pue", "thermal", "alarms", "collector")
CIRCUITS = ("circuit,kind,hall,fed_by,system,volts,rated_a,derate\n"
            "UTIL,utility,,,3ph-wye,400,100,1\nR1-A,feed,H1,UTIL,3ph-wye,400,32,0.8\n")
RACKS = "rack,hall,feeds,budget_kw\nR1,H1,R1-A,10\n"


class Nothing(rmtest.Case):
    def setUp(self):
        super().setUp()
        listed = self.rackmeter("report", "--help").out.split("Reports and the filters")[1]
        # issued lists what is stored by hand, not readings
        self.names = [n for n in re.findall(r"^  ([a-z][a-z-]*) ", listed, re.M) if n != "issued"]
        self.assertGreaterEqual(len(self.names), 11)

    def configure(self, yaml=YAML, **tables):
        walk = self.write("walk", "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.4.6\n")
        for name, text in {
                "rackmeter.yaml": yaml, "racks.csv": RACKS, "circuits.csv": CIRCUITS,
                "devices.csv": "device,endpoint,profile,rack,circuit,role\n"
                               f"PDU-1,walk:{walk},apc-rpdu2,R1,R1-A,it_in\n",
                **{f"{k}.csv": v for k, v in tables.items()}}.items():
            self.write("config/" + name, text)

    def fill(self):
        self.assertEqual(self.daemon("--run-for", "1").wait(), 0)

    def history(self):
        rows = "".join(f"2025-01-{1 + h // 24:02}T{h % 24:02}:00:00Z,PDU-1,main,{q},{v},{u}\n"
                       for h in range(72) for q, v, u in (("power_w", 5000, "W"),
                                                          ("energy_wh", 5000 * h, "Wh")))
        path = self.write("history.csv", "time,device,part,quantity,value,unit\n" + rows)
        done = self.rackmeter("import", path, "--db", self.db, "--create")
        self.assertEqual(done.status, 0, done)

    def refused(self, name, *arguments, words=()):
        done = self.rackmeter("report", name, "--db", self.db, *arguments)
        self.assertEqual((done.status, done.out), (1, ""), f"{name}: {done}")
        self.assertEqual(done.err.count("\n"), 1, f"{name}: {done}")
        for word in words:
            self.assertIn(word, done.err, name)

    def unknown(self, name, word, *arguments):
        done = self.rackmeter("check", name, "--db", self.db, *arguments)
        self.assertEqual(done.status, 3, f"{name}: {done}")
        self.assertIn(f"{name.upper()} UNKNOWN - ", done.out)
        self.assertIn(word, done.out)
        self.assertNotIn("|", done.out)

    def test_no_reading(self):
        for name in self.names:
            self.refused(name, words=("there is no database", "start rackmeterd"))
        for name in CHECKS:
            self.unknown(name, "there is no database")
        self.configure()
        self.fill()
        for name in self.names:
            for form in ("text", "json", "csv", "html"):
                self.refused(name, "--format", form, words=("holds no reading", "rackmeter import"))
        for name in CHECKS:
            self.unknown(name, "holds no reading")

    def test_before_the_first(self):
        self.configure()
        self.fill()
        self.history()
        for name in self.names:
            self.refused(name, "--period", "2024-11", words=("before the first reading", "2025-01-01"))

    def test_half_a_boundary(self):
        self.configure()
        self.fill()
        self.history()
        period = ("--from", "2025-01-01", "--to", "2025-01-03", "--now", "2025-01-04T00:00")
        self.refused("pue", *period, words=("boundary", "rackmeter.yaml"))
        self.refused("eu-kpi", "--period", "2025", "--now", "2026-01-02", words=("boundary",))
        self.unknown("pue", "boundary", "--now", "2025-01-02T12:00")
        self.refused("tenants", *period, words=("tenant", "racks.csv"))
        # without a utility meter
        self.configure(YAML + BOUNDARY)
        done = self.rackmeter("check", "config", "--dir", self.path("config"))
        self.assertNotIn(": ok:", done.out, done)
        self.assertIn("utility", done.out + done.err)

    def test_wrong_tables(self):
        for words, tables in (
                (("circuits.csv:", "in a ring"), {"circuits": CIRCUITS.replace(",,,3ph", ",,R1-A,3ph")}),
                (("racks.csv:2", "-10"), {"racks": RACKS.replace(",10\n", ",-10\n")}),
                (("racks.csv:2", "feed"), {"racks": RACKS.replace(",R1-A,", ",,")})):
            self.configure(**tables)
            done = self.rackmeter("check", "config", "--strict", "--dir", self.path("config"))
            self.assertNotEqual(done.status, 0, done)
            for word in words:
                self.assertIn(word, done.out + done.err, done)


if __name__ == "__main__":
    rmtest.main()
