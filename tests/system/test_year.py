#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""A year of a site through import: what every report says, against what is known by construction
(year.py). RACKMETER_YEAR_RACKS=500 with RACKMETER_YEAR_FINE=1 is the soak: every point of every
PDU at 300 s."""
import os
import re
import subprocess
import time

import rmtest
import year
import year_figures

NOW = ("--now", "2026-01-02T12:00")
DAYS = ("--from", "2025-10-25", "--to", "2025-10-27")  # read every 300 s, the clock change in them


class TheYear(year_figures.Figures, rmtest.Case):
    def setUp(self):
        super().setUp()
        self.soak = "RACKMETER_YEAR_RACKS" in os.environ
        self.year = year.Year(int(os.environ.get("RACKMETER_YEAR_RACKS", "20")),
                              bool(os.environ.get("RACKMETER_YEAR_FINE")))
        self.year.config(self.path("config"))
        done = self.rackmeter("check", "config", "--dir", self.path("config"))
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.daemon("--run-for", "1").wait(), 0)
        importing = n = 0
        for path in self.year.history(self.dir):
            begin = time.monotonic()
            with open(path, encoding="ascii") as f:
                n += sum(1 for _ in f) - 1
            done = self.run_long("import", path, "--db", self.db, "--create")
            self.assertEqual(done.status, 0, done)
            os.remove(path)
            importing += time.monotonic() - begin
        self.took(f"import of {n} values, {os.path.getsize(self.db) / 1e6:.0f} MB", importing)
        self.truth = self.year.truth()

    def took(self, what, seconds):
        if self.soak:
            print(f"{self.year.n} racks: {what}: {seconds:.1f} s", flush=True)

    def run_long(self, *arguments):
        return rmtest.Answer(subprocess.run(
            [rmtest.RACKMETER, *arguments], env=self.env, cwd=self.dir, capture_output=True,
            text=True, timeout=36000 if self.soak else 20 * rmtest.DEADLINE_S, check=False))

    def report(self, name, *arguments):
        done = self.run_long("report", name, "--db", self.db, *NOW, "--format", "json", *arguments)
        self.assertEqual(done.status, 0, done)
        return done.json()

    def near(self, got, want, what, part=1e-3):
        self.assertIsNotNone(got, what)
        self.assertLessEqual(abs(got - want), part * abs(want), f"{what}: {got}, truth {want}")

    def test_all(self):
        """One database for all: it takes longer to make than to read."""
        for part in (self.energy, self.pue, self.tenants, self.eu_kpi, self.meters, self.racks,
                     self.failover, self.capacity, self.circuits, self.thermal, self.site,
                     self.same_bytes, self.issued):
            with self.subTest(part.__name__):
                begin = time.monotonic()
                part()
                self.took(part.__name__, time.monotonic() - begin)

    def energy(self):
        json_ = self.report("energy", "--period", "2025", "--top", "all")
        rows = {row["meter"]: row for row in json_["energy"]}
        self.assertEqual(len(rows), len(self.truth["meters"]))
        for name, want in self.truth["meters"].items():
            row = rows[name + "-M"]
            if name in self.year.power_only:
                # a hole is left out, and said: what was measured is never more than the truth
                self.assertLess(row["coverage_pct"], 100, row)
                self.assertLessEqual(row["energy_wh"], want["year"], row)
                self.near(row["energy_wh"] / row["coverage_pct"] * 100, want["year"], name, 0.01)
            else:
                self.near(row["energy_wh"], want["year"], name)
                self.assertTrue(99.98 < row["coverage_pct"] <= 100, row)
        racks = self.year.racks
        for name, word in ((racks[2] + "-A", "ROLLOVER"), (racks[1] + "-A", "RESET"),
                           ("UTIL", "REPLACED 2025-09-01")):
            self.assertIn(word, rows[name + "-M"]["events"])
        months = {row["date"]: row for row in json_["months"]}
        self.assertEqual((months["2025-03"]["hours"], months["2025-10"]["hours"]), (743, 745))
        for month, want in self.truth["meters"]["UTIL"]["months"].items():
            self.near(months[month]["utility_wh"], want, month, 1e-6)
            self.near(months[month]["cooling_wh"], self.truth["meters"]["CHILL"]["months"][month],
                      month, 1e-6)
        self.near(json_["utility_wh"], sum(m["utility_wh"] for m in months.values()), "sum", 1e-9)
        for month, hours, change in (("2025-03", 23, "2025-03-30"), ("2025-10", 25, "2025-10-26")):
            json_ = self.report("energy", "--period", month)
            days = {row["date"]: row for row in json_["days"]}
            self.assertEqual((len(days), days[change]["hours"]), (31, hours))
            for date, row in days.items():
                self.near(row["utility_wh"], self.truth["days"]["UTIL"][date], date, 1e-6)
            self.near(json_["utility_wh"], sum(d["utility_wh"] for d in days.values()), "sum", 1e-9)

    def pue(self):
        json_ = self.report("pue", "--period", "2025")
        want = self.truth["pue"]
        self.assertTrue(json_["ratio_low"] <= want <= json_["ratio_high"], json_)
        self.assertTrue(json_["ratio_low"] <= json_["ratio"] <= json_["ratio_high"], json_)
        self.assertTrue(json_["ratio_usual_low"] <= want <= json_["ratio_usual_high"], json_)
        self.assertLess(json_["it_coverage_pct"], 100)
        self.assertEqual(json_["label"], "PUE1")
        months = {row["month"]: row for row in json_["months"]}
        self.assertEqual(len(months), 12)
        for month, want in self.truth["pue_months"].items():
            row = months[month]
            self.near(row["ratio"], want, month)
            # ten days without one of the outputs' meters
            self.assertEqual(row["publishable"], month != "2025-08", row)
        json_ = self.report("pue", "--period", "2025-08")
        want = self.truth["pue_months"]["2025-08"]
        self.assertTrue(json_["ratio_low"] <= want <= json_["ratio_high"], json_)
        self.assertAlmostEqual(json_["paired_coverage_pct"], 100 * 21 / 31, delta=0.2)

    def tenants(self):
        """Over the change of a tenant, a register's reset and planned work."""
        json_ = self.report("tenants", "--from", "2025-03-01", "--to", "2025-06-01")
        rows = {row["tenant"]: row for row in json_["tenants"]}
        months = [self.truth["tenants"][m] for m in ("2025-03", "2025-04", "2025-05")]
        for name in ("acme", "bolt"):
            want = sum(m[name] for m in months)
            if name == self.year.tenant(self.year.n - 1, year.END):
                self.near(rows[name]["energy_wh"], want, name, 2e-3)
            else:
                self.near(rows[name]["energy_wh"], want, name)
        # a register that was reset, and spans planned silence: no more than all is covered
        for row in json_["tenants"] + json_["racks"]:
            self.assertLessEqual(row["coverage_pct"] or 0, 100, row)
        self.near(json_["unallocated_racks_wh"], sum(m.get("", 0) for m in months), "nobody's")
        self.near(sum(row["energy_wh"] for row in json_["tenants"]), json_["it_wh"], "sum", 1e-9)
        self.near(json_["allocated_wh"] + json_["unallocated_wh"], json_["it_wh"], "sum", 1e-9)

    def meters(self):
        json_ = self.report("meters", "--period", "2025-11", "--top", "all")
        self.assertEqual((json_["meters"], json_["suspicious"]), (len(self.year.power), 0), json_)
        for row in json_["meters_table"]:
            if row["counter_ratio"] is not None:
                self.near(row["counter_ratio"], 1, row["meter"], 5e-3)

    def rack_row(self, row, want, coverage_pct):
        for name, figure in want.items():
            self.near(row[name], figure, f"{row['rack']} {name}")
        self.assertAlmostEqual(row["coverage_pct"], coverage_pct, 6, row)

    def racks(self):
        """Of imported meters no sum is stored: it is made of them, at any length of period."""
        json_ = self.report("racks", *DAYS, "--top", "all")
        self.assertEqual(json_["racks"], self.year.n)
        for row in json_["racks_table"]:
            self.rack_row(row, self.truth["racks"][row["rack"]], 100)
        mean_w = sum(rack["mean_w"] for rack in self.truth["racks"].values())
        self.near(json_["mean_w"], mean_w, "all")
        self.near(self.report("capacity", *DAYS)["mean_w"], mean_w, "capacity")
        for row in json_["feeds"]:  # the highest of the lines, read every 300 s
            i, k = self.year.racks.index(row["rack"]), (year.DAYS[0] - self.year.fine_begin()) // 300
            for phase in (1, 2, 3):
                want = max(self.year.amps(i, row["side"], phase, k + j) for j in range(49 * 12))
                self.assertAlmostEqual(row[f"l{phase}_peak_a"], want / 10, 6, row)
        budgets = {row["rack"]: row["budget_w"] for row in json_["racks_table"]}
        self.assertEqual(budgets[self.year.racks[4]], 9600)
        self.rack_months()

    def rack_months(self):
        """Hourly readings, and in October some every 300 s: a rack is told where it has power. Six
        hours in February nobody read, in November the last rack's meters did not answer. In May
        those of feed A were away while it carried nothing: their last reading stands for an hour
        and a half."""
        last = self.year.n - 1
        for month, missing_h, away in (
                ("2025-02", 6, "collector down"), ("2025-05", 53 / 12, None), ("2025-10", 0, None),
                ("2025-11", 6, "no register, away")):
            json_ = self.report("racks", "--period", month, "--top", "all")
            begin, end = (next(t for t in self.year.hours + [year.END]
                               if year.month_of(t) >= m) for m in (month, year.next_month(month)))
            for row in json_["racks_table"]:
                i = self.year.racks.index(row["rack"])
                if not self.year.has_power(i):
                    self.assertTrue(month == "2025-10" or row["mean_w"] is None, row)
                elif month != "2025-11" or i == last:
                    want = self.year.rack_figures(i, begin, end, year.EVENTS.get(away, (0, 0)))
                    self.rack_row(row, want, 100 - 360000 * missing_h / (end - begin))
        json_ = self.report("racks", "--period", "2025-06", "--top", "all")
        budgets = {row["rack"]: row["budget_w"] for row in json_["racks_table"]}
        self.assertEqual(budgets[self.year.racks[4]], 20000)

    def failover(self):
        json_ = self.report("failover", *DAYS, "--top", "all")
        rows = [row for row in json_["racks_table"] if row["lost"][:1] == "R"]
        self.assertEqual(len(rows), 2 * self.year.n)
        for row in rows:
            rack = row["rack"]
            want = self.truth["failover"][rack]
            self.near(row["load_a"], want, row["lost"], 1e-9)
            self.assertTrue(row["exact"])
            state = "CRIT" if want > 25.6 else "WARN" if want >= 0.9 * 25.6 else "OK"
            self.assertEqual(row["state"], state, row)
            for k in "123":  # never less than the other feed's load
                self.assertGreaterEqual(row[f"l{k}_a"], row[f"before_l{k}_a"])

    def thermal(self):
        json_ = self.report("thermal", *DAYS, "--top", "all")
        self.assertEqual(len(json_["thermal"]), self.year.n)
        for row in json_["thermal"]:
            want = self.truth["thermal"][row["rack"]]
            self.assertEqual((row["max_c"], row["above_recommended_min"],
                              row["above_allowable_min"]),
                             (want["max_c"], want["recommended"], want["allowable"]), row)

    def site(self):
        json_ = self.report("site", "--period", "2025-11")
        self.near(json_["pue"], self.truth["pue_months"]["2025-11"], "PUE")
        self.assertEqual(json_["racks"], self.year.n)

    def same_bytes(self):
        """The same question has the same bytes for an answer, whatever the locale."""
        text = self.rackmeter("report", "--help").out
        names = re.findall(r"^  (\S+) +\S", text.split("Reports and")[1], re.M)
        self.assertIn("capacity", names)
        answers = {}
        for env in (*self.locales(), {"LC_ALL": "C"}):
            for name in names:
                for form in ("text", "csv", "json", "html"):
                    done = self.rackmeter("report", name, "--db", self.db, *DAYS, *NOW, "--format",
                                          form, env=env)
                    self.assertEqual(done.status, 0, done)
                    got = done.out, done.err
                    self.assertEqual(answers.setdefault((name, form), got), got, (name, form))


if __name__ == "__main__":
    rmtest.main()
