#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A fifth of a hall falls silent at once and returns: the others lose nothing, each missing row
has its reason, and everybody is back with the next probe. How long that may take with longer
outages is tested in virtual time (tests/unit/daemon/test_outage.c)."""
import re
import time

import rmtest


class Outage(rmtest.Case):
    def test_fifth_of_a_hall(self):
        self.hall("--racks", "100", "--every", "2s", "--no-bmcs")
        sim, daemon = self.simulator(), self.daemon().ready()
        address = {name: re.search(r"//([0-9.]+)", endpoint)[1] for name, endpoint in rmtest.until(
            "the inventory", lambda: self.rows("SELECT name, endpoint FROM v_device "
                                               "WHERE name LIKE 'PDU-%' ORDER BY name"))}
        self.assertEqual(len(address), 200)
        silent = sorted(address)[::5]
        count = "SELECT count(*) = ? FROM v_device_state WHERE device LIKE 'PDU-%' AND state = ?"
        patient = 3 * rmtest.DEADLINE_S  # a busy machine is slow to tell; what is told is exact
        self.until_db("all answer", count, 200, "ok", deadline_s=patient)
        begun = int(time.time())
        for name in silent:
            sim.tell(f"fault {address[name]} silence")
        self.until_db("a fifth is dormant", count, 40, "dormant", deadline_s=patient)
        # alert rules see them, each by itself: the other feeds of their busways answer
        told = dict(self.rows("SELECT device, alarm FROM alert_stale_device"))
        self.assertEqual({d: told.get(d) for d in silent}, {d: 2.0 for d in silent})
        self.assertEqual(self.rows("SELECT part, alarm FROM alert_collector_behind "
                                   "ORDER BY part"),
                         [("hours", 0.0), ("queue", 0.0), ("writer", 0.0)])
        for name in silent:
            sim.tell(f"clear {address[name]}")
        back = time.time()
        self.until_db("all are back", count, 200, "ok", deadline_s=patient)
        # the first probe comes within 15 s, the next ones later; by the times that are stored
        latest = self.value("SELECT max(since) FROM v_device_state WHERE device LIKE 'PDU-%'")
        self.assertGreaterEqual(latest, int(back) - 1)
        self.assertLess(latest - back, 35 * rmtest.SLACK)
        after = self.last_ts()
        for name in (silent[0], silent[-1], "PDU-R001-B"):
            self.until_rows(name, 3, after=after, deadline_s=patient)
        daemon.stop()

        gaps = self.rows("SELECT DISTINCT entity, cause FROM v_gap WHERE scan = 'main' AND "
                         "entity LIKE 'PDU-%' AND part IS NULL AND from_ts > ? AND "
                         "cause <> 'rackmeterd was not running'", begun)
        self.assertEqual({e for e, _ in gaps}, set(silent), self.tell())
        self.assertLessEqual({c for _, c in gaps}, {"no answer", "dormant"})
        # the report of the same time: each of them, and nobody else
        report = self.rackmeter("report", "collector", "--db", self.db, "--last", "10m", "--top",
                                "1000", "--format", "json").json()
        missed = {d["device"]: d["polls_missed"] for d in report["devices_table"]}
        self.assertEqual({d for d, n in missed.items() if n}, set(silent))
        self.assertEqual(report["polls_late"] or 0, 0)
        self.assertEqual({c["cause"] for c in report["failures_table"]}, {"no answer", "dormant"})
        self.assertEqual(self.value("SELECT count(*) FROM v_event WHERE kind = 'device_state' AND "
                                    "text LIKE '%dormant%' AND ts >= ?", begun), 40, self.tell())


if __name__ == "__main__":
    rmtest.main()
