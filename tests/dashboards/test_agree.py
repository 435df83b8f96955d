#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Dashboards and alert views say what the reports say of the same database and time. States are the
same ones; figures are as near as sums of power (dashboards) are to registers of energy (reports)."""
import json
import os
import pathlib
import subprocess
import unittest

import fixture
import plugin

BUILD = pathlib.Path(os.environ["RACKMETER_BUILD"])
DASHBOARDS = fixture.ROOT / "schema/dashboards"
NOW = 1795137810          # fill.c: NOW, 2026-11-20 02:23:30 in the site's zone
MIDNIGHT = 1795129200     # of that day
MONTH = 1793487600        # 2026-11-01 00:00
DAYS_31 = 1792447200      # 2026-10-20 00:00, in summer time


class Agree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.db = fixture.make(BUILD, "small")

    def report(self, name, *options):
        """A second later than NOW, because a report ends before its --now."""
        run = subprocess.run(
            [BUILD / "collector/rackmeter", "report", name, "--db", self.db, "--now",
             "2026-11-20T01:23:31Z", "--format", "json", *options],
            check=True, capture_output=True, text=True)
        return json.loads(run.stdout)

    def rows(self, sql, span=(MIDNIGHT, NOW), **variables):
        """Of a query of schema/dashboards/, or of SQL itself: a dict per row."""
        path = DASHBOARDS / f"{sql}.sql"
        text = path.read_text(encoding="utf-8") if "SELECT" not in sql else sql
        text = plugin.expand(plugin.interpolate(text, span, variables), span)
        answer = plugin.run(self.db, NOW, text, [])
        names = [c.name for c in answer.columns]
        return [dict(zip(names, row)) for row in zip(*(c.values for c in answer.columns))]

    def near(self, a, b, share, what):
        self.assertLessEqual(abs(a - b), share * abs(b), f"{what}: {a} here, {b} in the report")

    def test_tenants(self):
        report = {t["tenant"]: t for t in self.report(
            "tenants", "--from", "2026-10-20", "--to", "2026-11-20")["tenants"]}
        rows = {r["tenant"]: r for r in self.rows("energy/tenants")}
        self.assertEqual(set(rows), set(report) - {"(unallocated)"})
        self.assertGreater(len(rows), 5)
        for name, row in rows.items():
            self.near(row["energy_wh"], report[name]["energy_wh"], 0.003, name)
            self.assertEqual((row["racks"], row["days"]), (report[name]["racks"], 31))
        self.near(sum(r["share_pct"] for r in rows.values()), 100, 1e-9, "shares")

    def test_ratio_of_a_month(self):
        report = self.report("pue", "--from", "2026-11-01", "--to", "2026-11-20")
        (row,) = self.rows("energy/months", (MONTH, MIDNIGHT))
        self.near(row["ratio"], report["ratio"], 1e-4, "ratio")
        self.near(row["facility_wh"], report["facility_wh"], 1e-3, "facility")
        self.near(row["it_wh"], report["it_wh"], 1e-3, "IT")

    def test_prices(self):
        want = {}
        for cost in self.report("energy", "--from", "2026-10-20", "--to", "2026-11-20")["costs"]:
            value = float(cost["price"].split()[0])
            want[value] = want.get(value, 0) + cost["cost"]
        rows = self.rows("energy/prices", (DAYS_31, MIDNIGHT - 1))
        self.assertEqual({float(r["price"].split()[0]) for r in rows}, set(want))
        for row in rows:
            self.near(row["cost"], want[float(row["price"].split()[0])], 1e-3, row["price"])

    def test_trend(self):
        report = {t["id"]: t for t in self.report("capacity", "--last", "1d")["trend"]}
        rows = self.rows("capacity/trend", hall=["H1", "H2"])
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.near(row["line_w"], report[row["hall"]]["line_w"], 0.01, row["hall"])
            self.assertLess(abs(row["per_day_w"] - report[row["hall"]]["per_day_w"]),
                            2 * report[row["hall"]]["per_day_error_w"])

    def test_failover(self):
        table = self.report("failover", "--last", "15m", "--top", "all")["racks_table"]
        want = {(r["rack"], r["now_state"]) for r in table if r["now_state"] not in ("OK", "dark", None)}
        rows = self.rows("SELECT rack, state, 100 * value / \"limit\" AS pct "
                         "FROM alert_failover_violation")
        self.assertEqual({(r["rack"], r["state"]) for r in rows}, want)
        self.assertTrue(want)
        for row in rows:
            self.near(row["pct"], max(r["now_pct"] for r in table if r["rack"] == row["rack"]
                                      and r["now_pct"] is not None), 1e-9, row["rack"])

    def test_inlets(self):
        report = self.report("thermal", "--last", "1m", "--top", "all")
        want = {(r["rack"], r["state"], r["now_c"]) for r in report["thermal"]
                if r["state"] in ("warm", "hot")}
        rows = self.rows("SELECT rack, state, value FROM alert_hot_inlet")
        self.assertEqual({(r["rack"], r["state"], r["value"]) for r in rows}, want)
        self.assertTrue(want)

    def test_silence(self):
        report = self.report("racks", "--last", "15m")
        rows = self.rows("SELECT circuit, device, alarm, value FROM alert_stale_device")
        self.assertEqual(sum(r["value"] for r in rows if r["alarm"]), report["devices_dead"])
        self.assertEqual(sum(r["value"] for r in rows if not r["alarm"]), report["devices_planned"])
        told = {e["entity"] for e in report["exceptions"]
                if e["kind"] in ("circuit_silent", "device_dead")}
        self.assertEqual({r["device"] or r["circuit"] for r in rows if r["alarm"]}, told)
        self.assertTrue(any(not r["device"] for r in rows), "no circuit explains any of them")

    def test_budgets(self):
        report = self.report("racks", "--last", "15m")
        rows = self.rows("SELECT rack, state FROM alert_over_budget WHERE rack IS NOT NULL")
        self.assertEqual(sum(r["state"] == "over" for r in rows), report["racks_over"])


if __name__ == "__main__":
    unittest.main()
