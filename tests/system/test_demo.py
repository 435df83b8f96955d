#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The simulated hall, live: the reports and status say what is true of it and nothing else."""
import json

import rmtest

SPAN_S = 8
# One row per device that has stored two rows: when the first was.
BEGINNINGS_SQL = """SELECT min(h.ts) FROM hot AS h JOIN scan AS s ON s.id = h.scan
    JOIN entity AS e ON e.id = s.entity
    WHERE e.kind = 'device' AND s.name = 'main' AND e.name <> ? GROUP BY s.id HAVING count(*) > 1"""


class Demo(rmtest.Case):
    def report(self, name, period):
        done = self.rackmeter("report", name, "--db", self.db, *period, "--format", "json")
        self.assertEqual(done.status, 0, done)
        return done.json()

    def run_hall(self, dead=""):
        """Polls until SPAN_S seconds are stored in which every living device took part;
        returns the options for that time."""
        self.simulator()
        daemon = self.daemon().ready()
        living = self.truth["devices"] - bool(dead)

        def beginnings():
            found = self.rows(BEGINNINGS_SQL, dead)
            return found if len(found) == living else None
        begin = max(rmtest.until("every living device is stored", beginnings))[0] + 1
        self.until_db("the site's sums", """SELECT max(ts) >= ? FROM v_reading
            WHERE entity_kind = 'site' AND hour BETWEEN ? - 3600 AND ?""",
                      begin + SPAN_S, begin, begin + SPAN_S)
        return daemon, ("--from", self.time(begin), "--to", self.time(begin + SPAN_S))

    def time(self, ts):
        return self.rows("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ?, 'unixepoch')", ts)[0][0]

    def test_story(self):
        self.truth = truth = self.hall("--racks", "8", "--rows", "2", "--every", "1s", "--story")
        dead, rack = truth["dead_pdu"], truth["dead_pdu"].split("-")[1]
        daemon, period = self.run_hall(dead)
        self.until_db("the dead device is dormant",
                      "SELECT state = 'dormant' FROM v_device_state WHERE device = ?", dead)

        racks = self.report("racks", period)
        found = sorted((e["kind"], e["entity"]) for e in racks["exceptions"])
        self.assertEqual(found, sorted([("over_budget", truth["over_budget"]),
                                        ("device_dead", dead), ("partial", rack),
                                        ("hot_inlet", truth["hot_inlet"])]),
                         json.dumps(racks["exceptions"], indent=1))
        self.assertEqual((racks["racks"], racks["racks_over"], racks["racks_hot"],
                          racks["racks_partial"], racks["devices_dead"]), (8, 1, 1, 1, 1))
        self.assertAlmostEqual(racks["site_it_w"] / truth["it_w"], 1, delta=0.01)
        states = {r["rack"]: r["state"] for r in racks["racks_table"]}
        self.assertEqual(len(states), 8)
        self.assertEqual(states.pop(truth["over_budget"]), "OVER")
        self.assertEqual(states.pop(rack), "partial")
        self.assertNotEqual(states.pop(truth["hot_inlet"]), "OVER")
        self.assertEqual(set(states.values()), {"ok"})
        for row in racks["racks_table"]:
            if row["rack"] == rack:
                self.assertIsNone(row["feed_b_w"], "the dead side must be absent, not 0")

        pue = self.report("pue", period)
        self.assertAlmostEqual(pue["ratio"] / truth["pue"], 1, delta=0.01)
        self.assertEqual(pue["paired_coverage_pct"], 100)
        self.assertEqual(pue["exceptions"], [])
        self.assertFalse(pue["publishable"])
        self.assertIn("not a PUE", pue["label"])

        text = self.rackmeter("report", "racks", "--db", self.db, *period)
        self.assertEqual(text.status, 0, text)
        for word in (truth["over_budget"], dead, truth["hot_inlet"], "over budget", "hot inlet",
                     "no answer"):
            self.assertIn(word, text.out)
        text = self.rackmeter("report", "pue", "--db", self.db, *period)
        self.assertEqual(text.status, 0, text)
        self.assertIn(f"{truth['pue']:.2f}", text.out)

        status = self.rackmeter("status", "--db", self.db, "--format", "json")
        self.assertEqual(status.status, 1, status)  # a dead device asks for a look
        self.assertEqual(status.json()["devices_dormant"], 1)
        self.assertEqual([e["entity"] for e in status.json()["exceptions"]], [dead])
        daemon.stop()
        status = self.rackmeter("status", "--db", self.db, "--format", "json")
        self.assertEqual((status.status, status.json()["collector"]), (2, "stopped"), status)
        # what was measured stays what it was, from the database alone
        self.assertEqual(self.report("pue", period)["ratio"], pue["ratio"])

    def check_failover(self, period):
        """Each loss against every stored instant of the two feeds."""
        report = self.report("failover", (*period, "--top", "100"))
        feeds = [r for r in report["racks_table"] if r["feeds_lost"] == 1]
        self.assertEqual(len(feeds), 6)
        self.assertEqual(report["racks_unknown"], 0)

        def amps(feed, line):
            return dict(self.rows(
                "SELECT ts, value FROM v_reading WHERE entity_kind = 'circuit' AND entity = ? "
                "AND part = ? AND quantity = 'current_a' AND ts >= unixepoch(?) "
                "AND ts < unixepoch(?)", feed, line, period[1], period[3]))
        for row in feeds:
            most = 0
            for line in ("L1", "L2", "L3"):
                lost, left = amps(row["lost"], line), amps(row["survivor"], line)
                most = max(most, *(lost[ts] + left[ts] for ts in lost if ts in left))
            self.assertAlmostEqual(row["load_a"], most, places=6, msg=row)
            self.assertTrue(row["exact"])
        moved = {(r["lost"], r["survivor"]): r for r in report["above"]}
        self.assertIn(("BUS-1A", "BUS-1B"), moved)
        self.assertGreater(moved["BUS-1A", "BUS-1B"]["load_a"],
                           moved["BUS-1A", "BUS-1B"]["before_l1_a"] * 1.5)

    def check_circuits(self, period):
        report = self.report("circuits", (*period, "--flat"))
        rows = {r["circuit"]: r for r in report["circuits_table"]}
        bus = rows["BUS-1A"]
        self.assertEqual(bus["source"], "sum")
        self.assertAlmostEqual(
            bus["mean_w"] / sum(rows[f"R0{i}-A"]["mean_w"] for i in (1, 2, 3)), 1, delta=0.02)
        self.assertEqual([e for e in report["exceptions"] if e["severity"] > 1], [])

    def test_all_well(self):
        self.truth = self.hall("--racks", "3", "--rows", "1", "--every", "1s", "--no-bmcs")
        daemon, period = self.run_hall()
        racks = self.report("racks", period)
        self.assertEqual(racks["exceptions"], [])
        self.assertAlmostEqual(sum(r["mean_w"] for r in racks["racks_table"]) /
                               self.truth["racks_w"], 1, delta=0.02)
        self.check_failover(period)
        self.check_circuits(period)
        status = self.rackmeter("status", "--db", self.db, "--format", "json")
        self.assertEqual((status.status, status.json()["collector"]), (0, "running"), status)
        self.assertEqual(status.json()["config_on_disk"], "same")
        self.write("config/racks.csv", self.read("config/racks.csv").replace(",16,", ",15,"))
        status = self.rackmeter("status", "--db", self.db, "--format", "json")
        self.assertEqual((status.status, status.json()["config_on_disk"]), (1, "differs"), status)
        daemon.stop()
        missing = self.rackmeter("status", "--db", self.path("nothing.db"))
        self.assertEqual(missing.status, 2)
        self.assertIn("nothing.db", missing.err)


if __name__ == "__main__":
    rmtest.main()
