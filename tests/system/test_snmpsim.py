# SPDX-License-Identifier: Apache-2.0
"""rackmeterd polls captures of real devices that Debian's snmpsim serves; every expected value
that a point covers stands in the database, to the last digit.

snmpsim is slow (some 1,700 objects a second for all devices together), so the devices are asked
every 10 s, and the test waits until each group of points that is due within a minute was stored."""
import csv
import os
import shutil

import foreign
import rmtest

import captures  # of tests/devices; foreign knows the way

DEVICES = foreign.folder("RACKMETER_DEVICES")
foreign.need("snmpsimd", "snmpget")

CAPTURES = {"apc_ap8959eu3": "apc-rpdu2", "raritan-pdu_px3": "raritan-px2", "sentry4": "sentry4",
            "raritan-pdu_px2-temp": "raritan-px2", "drac_r540": "dell-idrac",
            "hpe-ilo_4": "hpe-ilo"}
BARE = "sentry4_switched"  # trimmed to what identifies it: the device answers, and has no values
POLLED_S = 60  # slower groups are left to the tests of the walks
SNMPSIM_S = 90 * rmtest.SLACK


class Snmpsim(rmtest.Case):
    def serve(self):
        """snmpsimd with each capture on an address of its own; root's copy is for nobody to read."""
        os.chmod(self.dir, 0o755)
        data, cache = self.path("data"), self.path("cache")
        os.makedirs(data)
        os.makedirs(cache)
        os.chmod(cache, 0o777)
        argv = ["snmpsimd", "--logging-method=null", f"--data-dir={data}", f"--cache-dir={cache}"]
        if os.geteuid() == 0:
            argv += ["--process-user=nobody", "--process-group=nogroup"]
        for k, name in enumerate([*CAPTURES, BARE], 1):
            shutil.copyfile(os.path.join(DEVICES, name + ".snmprec"),
                            os.path.join(data, name + ".snmprec"))
            os.chmod(os.path.join(data, name + ".snmprec"), 0o644)
            argv.append(f"--agent-udpv4-endpoint=127.0.0.{k}:{self.snmp_port}")
        process = rmtest.Process(self, "snmpsimd", argv)

        def answers():
            self.assertIsNone(process.popen.poll(), process.log())
            return foreign.snmpget("1.3.6.1.2.1.1.3.0", port=self.snmp_port, community="sentry4",
                                   host="127.0.0.3")
        rmtest.until("snmpsim answers", answers, SNMPSIM_S)

    def test_captures(self):
        self.serve()
        foreign.site(self, [(name, f"snmp://127.0.0.{k}:{self.snmp_port}", profile, name)
                            for k, (name, profile) in enumerate(
                                [*CAPTURES.items(), (BARE, "sentry4")], 1)],
                     credentials={name: name for name in [*CAPTURES, BARE]}, every="10s")
        self.assertEqual(self.rackmeter("check", "config", "--dir", "config").status, 0)
        daemon = self.daemon().ready()
        self.until_db("a survey of each device", "SELECT count(DISTINCT entity) = ? FROM scan "
                      "WHERE entity IN (SELECT id FROM entity WHERE kind = 'device')",
                      len(CAPTURES), deadline_s=SNMPSIM_S)
        self.until_db("rows of each scan", """
            SELECT count(*) = 0 FROM scan AS s JOIN scan_grid AS g ON g.scan = s.id
            JOIN entity AS e ON e.id = s.entity
            WHERE e.kind = 'device' AND g.step_s <= ?
              AND (SELECT count(*) FROM hot WHERE scan = s.id) < CASE g.step_s WHEN 10 THEN 2 ELSE 1 END""",
                      POLLED_S, deadline_s=SNMPSIM_S)
        self.assertIn("nothing that profile sentry4 reads", self.value(
            "SELECT text FROM v_event WHERE kind = 'survey' AND entity = ?", BARE))
        daemon.stop()

        expected, wrong, total, slow = captures.load(DEVICES), [], 0, 0
        known = captures.misses()
        for name, profile in CAPTURES.items():
            walk = os.path.join(DEVICES, name + ".snmprec")
            points = {p["oid"]: p for p in foreign.probe(self, "walk:" + walk)["points"]}
            held = foreign.stored(self, name)
            self.assertTrue(held, name)
            for row in expected[name].rows:
                point = points.get(row.oid)
                if point is None or (point["value"] is None and captures.explained(row, known)):
                    continue
                step, values = held[point["part"], point["quantity"]]
                if step > POLLED_S:
                    slow += 1
                    continue
                self.assertLessEqual(len(values), 1, f"{row}: a capture does not change")
                verdict, what = row.judge([{**point, "value": next(iter(values), None)}])
                total += verdict == captures.MATCHED
                if verdict != captures.MATCHED:
                    wrong.append(f"{row}: {verdict}: {what}")
            # What no table tells is what the walk says.
            for oid, point in points.items():
                step, values = held[point["part"], point["quantity"]]
                want = set() if point["value"] is None else {point["value"]}
                if step <= POLLED_S and "uptime" not in point["quantity"]:
                    self.assertEqual({round(float(v), 9) for v in values},
                                     {round(float(v), 9) for v in want}, f"{name}: {oid} {point}")
        print(f"{total} rows stored as they should be, {slow} polled too slowly for this test")
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong) + self.tell())
        self.assertGreater(total, 200)


    def test_scan(self):
        """Each capture as a community of its own: the scan finds the family, and adds to its file."""
        self.serve()
        want = {}
        for k, name in enumerate([*CAPTURES, BARE], 1):
            done = self.rackmeter("scan", f"127.0.0.{k}", "--port", str(self.snmp_port), "--output",
                                  "f.csv", "--community", name, "--timeout", "3000ms")
            self.assertEqual(done.status, 0, done)
            want[f"snmp://127.0.0.{k}:{self.snmp_port}"] = CAPTURES.get(name, "sentry4")
        with open(self.path("f.csv"), encoding="utf-8") as f:
            rows = list(csv.DictReader(f))
        self.assertEqual({row["endpoint"]: row["profile"] for row in rows}, want)
        self.assertEqual(len(rows), len(want))


if __name__ == "__main__":
    rmtest.main()
