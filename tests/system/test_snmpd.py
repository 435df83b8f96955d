# SPDX-License-Identifier: Apache-2.0
"""net-snmp's snmpd as the device: an agent nobody here wrote. Its tables are surveyed with
GETBULK and polled through a profile made for this test; what is stored equals what snmpget says.
A restart in the middle is noticed, the survey after it finds a row that was not there before,
and nothing is missing but the outage."""
import os
import signal
from fractions import Fraction

import foreign
import rmtest

foreign.need("snmpd", "snmpget")

SYSTEM = "1.3.6.1.4.1.99999.7"
TABLE = "1.3.6.1.4.1.99999.1.1"
SNMP_IN_PKTS, SNMP_IN_GETNEXTS = "1.3.6.1.2.1.11.1.0", "1.3.6.1.2.1.11.16.0"
HC_IN_OCTETS = "1.3.6.1.2.1.31.1.1.1.6"
STEP_S = 2

PROFILE = f"""# SPDX-License-Identifier: Apache-2.0
# Objects of net-snmp's own agent under the names of what rackmeter measures.
profile: net-snmp
title: net-snmp agent
vendor: net-snmp
category: env
protocol: snmp
oid: 1.3.6.1.4.1.2021
document: UCD-SNMP-MIB
identify:
  - sysobjectid: {SYSTEM}
facts:
  model: {{oid: 1.3.6.1.2.1.1.1.0, source: sysDescr}}
points:
  - {{energy_wh: .4.5.0, part: main, source: memTotalReal}}
  - {{energy_export_wh: .4.20.0, part: main, source: memTotalRealX}}
  - {{load_pct: .10.1.4, index: row, part: "load {{row}}", label: .10.1.2, type: text, source: laConfig}}
  - {{crest_factor: .10.1.6, index: row, part: "load {{row}}", type: f32, source: laLoadFloat}}
  - {{fan_rpm: 1.3.6.1.2.1.2.2.1.4, index: port, part: "port {{port}}", label: 1.3.6.1.2.1.2.2.1.2, source: ifMtu}}
  - {{state: 1.3.6.1.2.1.2.2.1.8, index: port, part: "port {{port}}", states: {{1: up, 2: down}}, source: ifOperStatus}}
  - {{event_count: {HC_IN_OCTETS}, index: port, part: "port {{port}}", source: ifHCInOctets}}
  - {{temperature_c: {TABLE}.3, index: sensor, part: "sensor {{sensor}}", label: {TABLE}.2, scale: 0.1, absent: -410, source: made up}}
  - {{humidity_pct: {TABLE}.5, index: sensor, part: "sensor {{sensor}}", fitted: {{column: {TABLE}.4, is: 1}}, source: made up}}
"""


class Snmpd(rmtest.Case):
    def conf(self, sensors):
        lines = ["rocommunity public 127.0.0.1", "sysDescr an agent nobody here wrote",
                 f"sysObjectID {SYSTEM}"]
        for row, raw in sensors.items():
            lines += [f"override {TABLE}.2.{row} octet_str \"Sensor{row}\"",
                      f"override {TABLE}.3.{row} integer {raw}",
                      f"override {TABLE}.4.{row} integer {2 if row == 2 else 1}",
                      f"override {TABLE}.5.{row} integer 45"]
        return self.write("snmpd.conf", "\n".join(lines) + "\n")

    def snmpd(self, sensors):
        os.makedirs(self.path("persistent"), exist_ok=True)
        process = rmtest.Process(self, "snmpd", [
            "snmpd", "-f", "-C", "-c", self.conf(sensors), "-I", "-smux", "-Lf", "/dev/null",
            "-p", self.path("snmpd.pid"), f"udp:127.0.0.1:{self.snmp_port}"],
            env={"MIBS": "", "SNMP_PERSISTENT_DIR": self.path("persistent")})

        def answers():
            self.assertIsNone(process.popen.poll(), process.log())
            return foreign.snmpget("1.3.6.1.2.1.1.3.0", port=self.snmp_port)
        rmtest.until("snmpd answers", answers)
        return process

    def get(self, *oids):
        lines = foreign.snmpget(*oids, port=self.snmp_port, flags="-OQvUn")
        self.assertEqual(len(lines), len(oids), lines)
        return lines

    def setUp(self):
        super().setUp()
        self.write("profiles/net-snmp.yaml", PROFILE)
        self.env["RACKMETER_PROFILES"] = self.path("profiles")
        foreign.site(self, [("AGENT", f"snmp://127.0.0.1:{self.snmp_port}", "net-snmp", "ro")],
                     every=f"{STEP_S}s")
        done = self.rackmeter("profile", "lint", self.path("profiles", "net-snmp.yaml"))
        self.assertEqual(done.status, 0, str(done))

    def test_values_and_restart(self):
        snmpd = self.snmpd({1: 231, 2: -410})
        packets, nexts = map(int, self.get(SNMP_IN_PKTS, SNMP_IN_GETNEXTS))
        points = {p["oid"]: p for p in
                  foreign.probe(self, f"snmp://127.0.0.1:{self.snmp_port}")["points"]}
        columns = {oid.rsplit(".", 1)[0] for oid in points}
        self.assertGreaterEqual(len(columns), 8, columns)
        self.assertIn(f"{HC_IN_OCTETS}.1", points)
        after, nexts_after = map(int, self.get(SNMP_IN_PKTS, SNMP_IN_GETNEXTS))
        self.assertEqual(nexts_after, nexts, "a v2c agent is walked with GETBULK")
        self.assertLess(after - packets, len(points) + 20, "one object at a time?")

        # -OQ prints bare values: what is stored must be these.
        before = {oid: value for oid, value in zip(points, self.get(*points))}
        daemon = self.daemon().ready()
        self.until_rows("AGENT", 5)
        later = {oid: value for oid, value in zip(points, self.get(*points))}
        held = foreign.stored(self, "AGENT")
        compared = 0
        for oid, point in points.items():
            _, values = held[point["part"], point["quantity"]]
            if oid.startswith(HC_IN_OCTETS + "."):  # grows: between what was said before and after
                self.assertTrue(values, oid)
                for value in values:
                    self.assertLessEqual(int(before[oid]), value, oid)
                    self.assertLessEqual(value, int(later[oid]), oid)
            elif point["quantity"] == "crest_factor":  # follows this machine's load
                self.assertTrue(values and min(values) >= 0, oid)
                continue
            elif oid in (f"{TABLE}.3.2", f"{TABLE}.5.2"):  # by its value, by a column beside it
                self.assertEqual((values, point["cause"]), (set(), "not fitted"))
            else:
                scale = Fraction(1, 10) if point["quantity"] == "temperature_c" else 1
                value = Fraction(before[oid].strip('"')) * scale
                self.assertEqual(values, {value}, f"{oid} {point}")
                self.assertEqual(point["value"], value, f"{oid} {point}")
            compared += 1
        print(f"{compared} of {len(points)} points equal snmpget's", flush=True)
        self.assertGreaterEqual(compared, 12)
        self.assertEqual(self.value("SELECT label FROM v_series WHERE part = 'sensor 1'"), "Sensor1")
        self.assertEqual(self.value("SELECT value FROM device_fact WHERE key = 'model'"),
                         "an agent nobody here wrote")

        # The agent goes away, and comes back with one sensor more.
        last = self.last_ts()
        snmpd.signal(signal.SIGTERM)
        snmpd.wait()
        self.until_db("an absence", "SELECT count(*) FROM gap WHERE scan IS NOT NULL AND slot IS NULL"
                      " AND from_ts > ?", last)
        self.snmpd({1: 231, 2: -410, 3: 295})
        back = int(self.value("SELECT unixepoch()"))
        self.until_db("the restart is noticed", "SELECT count(*) FROM v_event WHERE kind = 'restart'")
        self.until_db("the new sensor", "SELECT count(*) FROM v_reading WHERE entity = 'AGENT' "
                      "AND part = 'sensor 3' AND value = 29.5")
        self.until_rows("AGENT", 3, after=back)
        daemon.stop()
        self.complete(last, back)
        self.assertEqual(self.value("SELECT state FROM v_device_state WHERE device = 'AGENT'"), "ok")
        self.assertEqual(self.value("SELECT count(*) FROM v_event WHERE kind = 'restart'"), 1)

    def complete(self, last, back):
        """Every instant of the grid has a row, or lies in the one gap of the outage."""
        scan = self.value("SELECT s.id FROM scan AS s JOIN entity AS e ON e.id = s.entity "
                          "WHERE e.name = 'AGENT' AND s.name = 'main'")
        rows = {ts for (ts,) in self.rows("SELECT ts FROM hot WHERE scan = ?", scan)}
        gaps = self.rows("SELECT from_ts, to_ts FROM gap WHERE scan = ? AND slot IS NULL", scan)
        self.assertTrue(gaps)
        absent = {ts for start, end in gaps for ts in range(start, (end or max(rows)) + 1, STEP_S)}
        self.assertEqual(set(range(min(rows), max(rows) + 1, STEP_S)) - rows - absent, set())
        self.assertEqual(rows & absent, set())
        self.assertGreater(min(absent), last)
        # Three instants after the agent is back is time enough to ask it again.
        self.assertLessEqual(max(absent), back + 3 * STEP_S, gaps)


if __name__ == "__main__":
    rmtest.main()
