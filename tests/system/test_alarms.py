#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A device says that a supply failed: an alarm with its event, in the views and in what follows from
them; it outlives a restart, follows its profile, and ends when the device says that it is well."""
import foreign
import rmtest

PROFILE = """profile: shelf
title: A shelf
vendor: Acme
category: dcpower
protocol: snmp
oid: 1.3.6.1.4.1.99999.1
document: ACME-MIB
identify: [{sysobjectid: 1.3.6.1.4.1.99999}]
points:
  - {power_w: .1.0, part: main, main: true, source: a}
  - state: .2.0
    part: psu 1
    states: {1: normal, 2: {degraded: warning}, 3: {failed: critical}}
    source: b
  - {alarm_flags: .3.0, part: main, flags: {0: door open, 1: {fan slow: warning}}, source: c}
"""
FIXTURE = """oid_or_register,type,raw,part,quantity,expected,unit,source
1.3.6.1.2.1.1.1.0,string,Acme shelf,,,,,
1.3.6.1.2.1.1.2.0,oid,1.3.6.1.4.1.99999,,,,,
1.3.6.1.2.1.1.3.0,timeticks,1000,,,,,
1.3.6.1.4.1.99999.1.1.0,gauge32,2000,,,,,
1.3.6.1.4.1.99999.1.2.0,integer,1,,,,,
1.3.6.1.4.1.99999.1.3.0,integer,1,,,,,
"""
OPEN = """SELECT part, quantity, state, name, severity FROM v_alarm
    WHERE device = ? AND to_ts IS NULL ORDER BY part, state"""
DEGRADED = ("psu 1", "state", 2, "degraded", "warning")
FAILED = ("psu 1", "state", 3, "failed", "critical")
SLOW = ("main", "alarm_flags", 1, "fan slow", "warning")


class Alarms(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.env["RACKMETER_PROFILES"] = self.path("profiles")
        self.write("profiles/shelf.yaml", PROFILE)
        self.write("shelf.csv", FIXTURE)
        self.write("scene", "".join(f"device 127.77.0.{i} snmp shelf.csv\n" for i in (1, 2)) +
                   "".join(f"gen v{i} const {i}\n" for i in range(1, 5)))
        foreign.site(self, [(f"SHELF-{i}", f"snmp://127.77.0.{i}:{self.snmp_port}", "shelf", "ro")
                            for i in (1, 2)], every="1s")
        self.write("config/rackmeter.yaml",
                   self.read("config/rackmeter.yaml") + "limits: {hold: 1s}\n")
        self.sim = self.simulator(self.path("scene"))
        self.rmd = self.daemon().ready()

    def say(self, device, column, value):
        self.sim.tell(f"set 127.77.0.{device} 1.3.6.1.4.1.99999.1.{column}.0 v{value} 1")

    def until_open(self, device, *alarms):
        rmtest.until(f"{device} has {alarms}, not {self.rows(OPEN, device)}",
                     lambda: self.rows(OPEN, device) == list(alarms))

    def test_alarms(self):
        self.until_rows("SHELF-1", 1)
        self.assertEqual(self.rows("SELECT * FROM v_alarm"), [], "an open door is none")
        self.say(1, 2, 2)
        self.until_open("SHELF-1", DEGRADED)
        self.say(1, 2, 3)
        self.say(1, 3, 3)
        self.until_open("SHELF-1", SLOW, FAILED)
        begun = "SELECT from_ts FROM v_alarm WHERE name = 'failed'"
        since = self.value(begun)
        self.assertEqual(self.value("SELECT to_ts FROM v_alarm WHERE name = 'degraded'"), since)
        self.assertEqual(self.rows("SELECT kind, severity, text FROM v_event WHERE kind = 'alarm' "
                                   "AND text LIKE 'psu%' ORDER BY ts, text"),
                         [("alarm", 1, "psu 1: degraded (warning)"),
                          ("alarm", 2, "psu 1: failed (critical)"),
                          ("alarm", 0, "psu 1: no longer degraded")])
        self.assertEqual(self.rows("SELECT device, rack, state, alarm, value, text "
                                   "FROM alert_device_state"),
                         [("SHELF-1", "R1", "critical", 2, 2, "device SHELF-1: psu 1 failed "
                           "(critical), main fan slow (warning)")])
        latest = """SELECT part, name, severity, since FROM v_state_latest WHERE entity = 'SHELF-1'
            ORDER BY part, state"""
        self.assertEqual([row[:3] for row in self.rows(latest)],
                         [("main", "door open", "ok"), ("main", "fan slow", "warning"),
                          ("psu 1", "failed", "critical")])
        self.assertEqual(self.rows(latest)[2][3], since)

        rmtest.until("a second has passed", lambda: self.last_ts() > since + 1)
        check = self.rackmeter("check", "alarms", "--db", self.db)
        self.assertEqual(check.status, 2, check)
        self.assertRegex(check.out, "(?s)^ALARMS CRITICAL - 1 device critical.*!! SHELF-1: psu 1: fail")
        status = self.rackmeter("status", "--db", self.db, "--format", "json").json()
        self.assertEqual((status["devices_critical"], status["devices_warning"]), (1, 0))
        for report in ("racks", "site"):
            page = self.rackmeter("report", report, "--db", self.db, "--last", "1m", "--format",
                                  "json").json()
            told = [e["entity"] for e in page["exceptions"] if e["kind"] == "alarm"]
            self.assertEqual(told, ["SHELF-1"], report)

        # a restart changes nothing
        self.rmd.stop()
        self.rmd = self.daemon().ready()
        self.until_rows("SHELF-1", 2, after=self.last_ts())
        self.assertEqual(self.rows(OPEN, "SHELF-1"), [SLOW, FAILED])
        self.assertEqual(self.rows(begun), [(since,)])

        # severities alone: the same points, other alarms
        points = self.rows("SELECT id, slot FROM point ORDER BY id")
        self.write("profiles/shelf.yaml", PROFILE.replace("{fan slow: warning}", "fan slow")
                   .replace("{failed: critical}", "{failed: warning}"))
        self.rmd.reload()
        self.until_open("SHELF-1", FAILED[:4] + ("warning",))
        self.assertEqual(self.rows("SELECT id, slot FROM point ORDER BY id"), points)
        self.assertEqual(self.value("SELECT DISTINCT severities FROM point WHERE kind = 'flags'"), "{}")

        self.assertEqual(self.value("SELECT count(*) FROM v_event WHERE text = 'main: no longer fan "
                                    "slow'"), 1)

        # well again; and a device that leaves the configuration takes its alarm with it
        self.say(2, 2, 2)
        self.until_open("SHELF-2", DEGRADED)
        self.say(1, 2, 1)
        self.until_open("SHELF-1")
        began = "SELECT from_ts FROM v_alarm WHERE device = ? AND to_ts IS NULL"
        before = self.rows(began, "SHELF-2")
        devices = self.read("config/devices.csv")
        renamed = devices.replace("SHELF-2", "SHELF-B").replace(",use\n", ",use,was\n").replace(
            ",check\n", ",check,\n")
        self.write("config/devices.csv", renamed[:-1] + "SHELF-2\n")
        self.rmd.reload()
        self.until_rows("SHELF-B", 2, after=self.last_ts())
        self.assertEqual((self.rows(began, "SHELF-B"), self.rows(began, "SHELF-2")), (before, []))
        self.write("config/devices.csv", devices[:devices.index("SHELF-2")])
        self.rmd.reload()
        self.until_open("SHELF-B")
        self.assertEqual(self.value("SELECT text FROM v_event WHERE entity = 'SHELF-B' "
                                    "ORDER BY ts DESC, id DESC LIMIT 1"),
                         "psu 1: gone, and what it said with it")
        self.assertEqual(self.value("SELECT count(*) FROM entity WHERE name = 'SHELF-2'"), 0)
        self.rmd.stop()


if __name__ == "__main__":
    rmtest.main()
