#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Dashboards and reports tell the same of one database: the same small fixture, the same time. Figures
that both take from the same readings are equal; energy may differ by what rests on sums of power on
one side and on the meters' registers on the other."""
import json
import os
import pathlib
import subprocess
import unittest
from datetime import datetime

import fixture
import plugin
import run

BUILD = pathlib.Path(os.environ["RACKMETER_BUILD"])
QUERIES = pathlib.Path(os.environ["RACKMETER_SOURCE"]) / "schema/dashboards"
DB = fixture.make(BUILD, "small")
NOW = run.newest(DB)
VARIABLES = {"hall": ["H1", "H2"]}


def seconds(text):
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def ask(name, begin=NOW - 900, end=NOW):
    """Rows of schema/dashboards/NAME.sql as dicts."""
    text = (QUERIES / f"{name}.sql").read_text(encoding="utf-8")
    span = (begin, end)
    result = plugin.run(DB, NOW, plugin.expand(plugin.interpolate(text, span, VARIABLES), span), [])
    return [dict(zip((c.name for c in result.columns), row))
            for row in zip(*(c.values for c in result.columns))]


def report(name, *arguments):
    out = subprocess.run([BUILD / "collector/rackmeter", "report", name, "--db", DB, "--format", "json",
                          "--now", "2026-11-20T01:23:31Z",  # the end is the first second behind it
                          *(arguments or ("--last", "15m"))],
                         capture_output=True, check=True)
    return json.loads(out.stdout)


class Agree(unittest.TestCase):
    def about(self, dashboard, paper, share, what):
        self.assertIsNotNone(dashboard, what)
        self.assertLess(abs(dashboard / paper - 1), share, f"{what}: {dashboard}, the report {paper}")

    def test_site_now(self):
        now, paper = ask("site/now")[0], report("racks")
        self.about(now["it"], paper["site_it_w"], 1e-6, "IT")
        self.about(now["facility"], paper["site_facility_w"], 1e-6, "facility")

    def test_counts(self):
        counts, paper = ask("site/counts")[0], report("racks")
        self.assertEqual((counts["racks"], counts["over"], counts["near"]),
                         (paper["racks"], paper["racks_over"], paper["racks_warn"]))
        self.assertEqual(counts["hot"] + counts["warm"], paper["racks_hot"])
        self.assertEqual(sorted((r["circuit"], r["part"], r["state"]) for r in ask("site/over")
                                if r["circuit"]),
                         [("R0005-A", "L1", "warn"), ("R0005-A", "L2", "over"), ("R0005-A", "L3", "over")])
        self.assertEqual(paper["feeds_over"], 1)
        self.assertEqual((counts["silent"], counts["planned"]),
                         (paper["devices_dead"], paper["devices_planned"]))

    def test_racks(self):
        paper = {r["rack"]: r for r in report("racks", "--last", "15m", "--top", "all")["racks_table"]}
        rows = ask("site/racks")
        self.assertGreater(len(rows), 10)
        for row in rows:
            known = paper[row["rack"]]
            self.about(row["power_w"], known["now_w"], 1e-6, row["rack"])
            self.assertEqual(row["budget_w"], known["budget_w"], row["rack"])
            self.assertEqual(row["coverage_pct"],
                             100 * known["members_present"] / known["members_expected"], row["rack"])

    def test_ratio(self):
        """A week and a month, since both count hours of which both sides are there."""
        for begin, end in (("2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"),
                           ("2026-10-01T00:00:00+02:00", "2026-11-01T00:00:00+01:00")):
            shown = ask("site/ratio", seconds(begin), seconds(end) - 1)[0]
            paper = report("pue", "--from", begin, "--to", end)
            self.about(shown["ratio"], paper["ratio"], 0.001, f"ratio since {begin}")
            self.about(shown["coverage"], paper["paired_coverage_pct"], 0.01, "coverage")
            self.about(shown["it_wh"], paper["it_wh"], 0.005, "IT energy")

    def test_failover(self):
        paper = [r for r in report("failover")["racks_table"] if r["now_state"] not in ("OK", "UNKNOWN")]
        rows = ask("site/failover")
        self.assertGreater(len(paper), 0)
        self.assertEqual(sorted(r["circuit"] for r in rows), sorted(r["survivor"] for r in paper))
        for row in rows:
            known = next(r for r in paper if r["survivor"] == row["circuit"])
            self.about(row["pct"], known["now_pct"], 0.01, row["circuit"])

    def test_circuits(self):
        paper = {c["circuit"]: c for c in report("circuits", "--last", "15m", "--flat")["circuits_table"]}
        rows = [r for r in ask("capacity/circuits") if r["circuit"] in paper and not r["sum"]]
        self.assertGreater(len(rows), 10)
        for row in rows:
            known = paper[row["circuit"]]
            self.assertEqual(row["derated_a"], known["derated_a"], row["circuit"])
            for line in ("l1", "l2", "l3"):
                if known[f"now_{line}_a"] is not None:
                    self.about(row[f"{line}_a"], known[f"now_{line}_a"], 0.01, f"{row['circuit']} {line}")

    def test_tenants(self):
        paper = report("tenants", "--from", "2026-10-19T00:00:00+02:00", "--to",
                       "2026-11-19T00:00:00+01:00")
        known = {t["tenant"]: t for t in paper["tenants"]}
        rows = [r for r in ask("energy/tenants") if r["tenant"] != "(none)"]
        self.assertEqual(len(rows), 7)
        for row in rows:
            self.about(row["energy_wh"] / row["days"], known[row["tenant"]]["energy_wh"] / 31, 0.02,
                       row["tenant"])
            self.assertEqual(row["racks"], known[row["tenant"]]["racks"], row["tenant"])

    def test_thermal(self):
        paper = report("thermal", "--from", "2026-10-20T00:00:00+02:00", "--to",
                       "2026-11-20T00:00:00+01:00")
        known = {r["rack"]: r for r in paper["thermal"] if r["above_recommended_min"]}
        rows = {r["rack"]: r for r in ask("thermal/minutes")}
        self.assertEqual(sorted(rows), sorted(known))
        for rack, row in rows.items():
            self.about(row["above_recommended_s"], known[rack]["above_recommended_min"] * 60, 0.02, rack)
            self.about(row["max_c"], known[rack]["max_c"], 0.001, rack)


if __name__ == "__main__":
    unittest.main()
