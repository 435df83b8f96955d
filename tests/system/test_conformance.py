# SPDX-License-Identifier: Apache-2.0
"""tests/devices/conformance.sh must see what is wrong: a folder of one capture whose table is at
odds with the device in each way that counts."""
import os
import subprocess

import rmtest

SCRIPT = os.path.join(rmtest.SOURCE, "tests", "devices", "conformance.sh")
BASE = "1.3.6.1.4.1.99999.1"
PROFILE = f"""profile: acme
title: Acme
vendor: Acme
category: rack_pdu
protocol: snmp
oid: {BASE}
document: ACME-MIB
identify: [{{sysobjectid: {BASE}}}]
points:
  - {{power_w: .1.0, part: main, scale: 0.1, source: a}}
  - {{current_a: .2.0, part: inlet 1, scale: 0.01, source: b}}
  - {{temperature_c: .3.0, part: sensor 1, scale: "5/9", source: c}}
  - {{state: .4.0, part: main, states: {{1: good, 3: {{bad: critical}}}}, source: d}}
  - {{voltage_v: .5.0, part: inlet 1, absent: -1, source: e}}
"""
WALK = "".join(f"{oid}|{kind}|{value}\n" for oid, kind, value in (
    ("1.3.6.1.2.1.1.1.0", 4, "Acme"), ("1.3.6.1.2.1.1.2.0", 6, BASE), (BASE + ".1.0", 2, 1234),
    (BASE + ".2.0", 2, 250), (BASE + ".3.0", 2, 72), (BASE + ".4.0", 2, 1), (BASE + ".5.0", 2, -1)))
HEAD = "capture,os,sensor_class,oid,raw_value,scale,expected_value,unit,user_func,suspect\n"


class Conformance(rmtest.Case):
    def run_with(self, *rows, walk=WALK):
        self.write("profiles/acme.yaml", PROFILE)
        self.write("devices/acme_1.snmprec", walk)
        self.write("devices/identify.csv", "capture,category,os\nacme_1,rack_pdu,acme\n")
        self.write("devices/expect.csv", HEAD + "".join(
            f"acme_1,acme,{kind},{BASE}.{oid},{raw},{scale},{raw * scale},{unit},,{suspect}\n"
            for kind, oid, raw, scale, unit, suspect in rows))
        done = subprocess.run([SCRIPT, self.path("devices"), "--profiles", self.path("profiles"),
                               "--missing", "--severities", "--rackmeter", rmtest.RACKMETER],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def test_right(self):
        status, out = self.run_with(("power", "1.0", 1234, 0.1, "W", ""),
                                    ("state", "4.0", 1, 1, "enum", ""),
                                    ("voltage", "5.0", -1, 1, "V", "sentinel"))
        self.assertEqual(status, 0, out)
        self.assertRegex(out, r"values: +1 +1 +0 +0 +0 +0 +0 +100\.0%")
        self.assertRegex(out, r"states: +1 +1 ")
        self.assertIn("acme_1 (os acme) is read as acme", out)
        self.assertRegex(out, r"rack_pdu +1 +0 +0 +0\n")
        self.assertIn("all rows are ok: acme\n", out)

    def test_no_name_sounds_worse(self):
        """A state called failed is no ok one: give it its severity, or say why not."""
        script = os.path.join(os.path.dirname(SCRIPT), "severities.py")
        run = lambda *words: subprocess.run(
            [script, "--rackmeter", rmtest.RACKMETER, "--gaps", *words], capture_output=True, text=True,
            timeout=60, check=False)
        done = run()
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.write("profiles/acme.yaml", PROFILE.replace("{bad: critical}", "fan failed"))
        done = run("--profiles", self.path("profiles"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("GAP acme: 'fan failed' is ok", done.stdout)

    def test_severity(self):
        status, out = self.run_with(("state", "4.0", 3, 1, "enum", ""),
                                    walk=WALK.replace(".4.0|2|1", ".4.0|2|3"))
        self.assertEqual(status, 0, out)
        self.assertRegex(out, r"rack_pdu +0 +0 +0 +1\n")
        self.assertIn("all rows are ok: none\n", out)
        self.assertRegex(out, r"STATE critical: acme_1: state \S+\.4\.0 raw 3, 3 enum: acme\n")

    def test_wrong(self):
        for row, told in (
                (("power", "1.0", 1234, 1, "W", ""), "WRONG wrong value"),
                (("power", "1.0", 1234, 0.1, "VA", ""), "WRONG wrong unit"),
                (("temperature", "1.0", 1234, 0.1, "C", ""), "WRONG wrong unit"),
                (("state", "4.0", 2, 1, "enum", ""), "WRONG wrong value"),
                (("power", "1.0", 1234, 0.1, "W", "not_active_power"), "SUSPECT (not_active"),
                (("current", "2.0", 250, 0.01, "A", "sentinel"), "SUSPECT (sentinel)")):
            status, out = self.run_with(row)
            self.assertEqual(status, 1, out)
            self.assertIn(told, out)

    def test_missing_is_listed_and_no_error(self):
        status, out = self.run_with(("power", "1.7", 1, 1, "W", ""),
                                    ("voltage", "5.0", 3, 1, "V", ""))
        self.assertEqual(status, 0, out)
        self.assertIn("MISSING acme_1: power", out)
        self.assertIn("voltage_v is absent: not fitted", out)

    def test_known_but_without_a_value(self):
        """All that the walk has are what says "not there" and what identifies the device."""
        status, out = self.run_with(
            ("voltage", "5.0", 3, 1, "V", ""),
            walk="".join(line for line in WALK.splitlines(True)
                         if not any(f"{BASE}.{n}.0|" in line for n in (1, 2, 3, 4))))
        self.assertEqual(status, 0, out)
        self.assertIn("acme_1 (os acme) is read as acme", out)
        self.assertNotIn("UNKNOWN", out)
        self.assertIn("MISSING acme_1: voltage", out)

    def test_unknown_device(self):
        status, out = self.run_with(("power", "1.0", 1, 1, "W", ""),
                                    walk=WALK.replace("99999", "99998"))
        self.assertEqual(status, 0, out)
        self.assertIn("UNKNOWN acme_1 (os acme): no profile fits", out)


if __name__ == "__main__":
    rmtest.main()
