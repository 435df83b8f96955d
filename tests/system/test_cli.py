#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rackmeter as a person and a script type it: help, usage errors, files written at once or not at
all, and the same values in every form."""
import csv
import io
import json
import os
import re
import stat
import subprocess

import rmtest

COMMANDS = ("check", "config", "db", "import", "init", "log", "probe", "profile", "report", "status")
WALK = """\
1.3.6.1.2.1.1.1.0|4|APC Web/SNMP Management Card (AN1:apc_hw05_rpdu2g_640.bin)
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.4.6
1.3.6.1.4.1.318.1.1.26.4.3.1.1.1|2|1
1.3.6.1.4.1.318.1.1.26.4.3.1.2.1|2|1
1.3.6.1.4.1.318.1.1.26.4.3.1.3.1|4|row "A", left
1.3.6.1.4.1.318.1.1.26.4.3.1.5.1|2|523
1.3.6.1.4.1.318.1.1.26.4.3.1.9.1|2|100001
1.3.6.1.4.1.318.1.1.26.4.3.1.16.1|2|-1
1.3.6.1.4.1.318.1.1.26.4.3.1.17.1|2|96
"""
# What the walk says, by the MIB's units: 10 W, 0.1 kWh, 0.01; -1 is "not measured".
VALUES = {("main", "power_w"): 5230.0, ("main", "energy_wh"): 10000100.0,
          ("main", "power_factor"): 0.96, ("main", "apparent_power_va"): None}


class Usage(rmtest.Case):
    def test_help(self):
        done = self.rackmeter("--help")
        self.assertEqual((done.status, done.err), (0, ""))
        for name in COMMANDS:
            self.assertRegex(done.out, rf"(?m)^  {name} ")
            for how in ((name, "--help"), ("help", name), (name, "-h")):
                with self.subTest(how=how):
                    help_ = self.rackmeter(*how)
                    self.assertEqual((help_.status, help_.err), (0, ""), help_)
                    self.assertIn("rackmeter " + name, help_.out)
        for how in (("check", "config"), ("config", "diff"), ("profile", "list"),
                    ("profile", "lint"), ("report", "pue"), ("report", "racks")):
            with self.subTest(how=how):
                help_ = self.rackmeter(*how, "--help")
                self.assertEqual((help_.status, help_.err), (0, ""), help_)
        daemon = self.rackmeter("--help", program=rmtest.RACKMETERD)
        self.assertEqual((daemon.status, daemon.err), (0, ""))
        self.assertIn("--run-for", daemon.out)

    def test_version(self):
        with open(os.path.join(rmtest.SOURCE, "CMakeLists.txt"), encoding="utf-8") as f:
            version = re.search(r"project\(rackmeter\s+VERSION\s+([\d.]+)", f.read()).group(1)
        self.assertEqual(self.rackmeter("--version").out, f"rackmeter {version}\n")
        self.assertEqual(self.rackmeter("--version", program=rmtest.RACKMETERD).out,
                         f"rackmeterd {version}\n")

    def test_wrong_usage(self):
        for arguments, word in (
                ([], "Usage"), (["frobnicate"], "frobnicate"), (["--frob"], "--frob"),
                (["reprot"], "report"), (["report"], "which report"), (["report", "pux"], "pue"),
                (["report", "pue", "--last"], "--last"), (["report", "pue", "--lsat", "1h"], "--last"),
                (["report", "pue", "--format", "xml"], "xml"),
                (["report", "pue", "--last", "1h", "--period", "today"], "--period"),
                (["report", "racks", "--only", "all"], "--only exceptions"),
                (["db", "export", "--format", "xml"], "xml"), (["probe", "--format", "xml"], "xml"),
                (["report", "racks", "--top", "many"], "many"), (["status", "--frob"], "--frob"),
                (["status", "--format", "csv"], "csv"), (["check"], "config"),
                (["check", "weather"], "weather"), (["check", "config", "--format", "xml"], "xml"),
                (["config", "same"], "same"), (["profile", "frob"], "lint"), (["profile"], "list"),
                (["db", "frob"], "verify"), (["db", "export"], "--device"),
                (["db", "export", "--device", "D"], "--from"), (["db", "fill"], "--from"),
                (["db", "fill", "--frob"], "--frob"), (["import"], "file"),
                (["import", "a", "b"], "b"), (["import", "--db"], "--db"),
                (["probe"], "endpoint"), (["probe", "gopher://x"], "gopher"),
                (["init", "--rows", "many"], "many")):
            with self.subTest(arguments=arguments):
                done = self.rackmeter(*arguments)
                self.assertEqual(done.status, 2, done)
                self.assertEqual(done.out, "")
                self.assertIn(word.lower(), done.err.lower())
        for arguments in (["--frob"], ["word"], ["--run-for", "soon"], ["--log-level", "loud"]):
            with self.subTest(rackmeterd=arguments):
                done = self.rackmeter(*arguments, program=rmtest.RACKMETERD)
                self.assertEqual((done.status, done.out), (2, ""), done)


class Profiles(rmtest.Case):
    FILES = sorted((n for n in os.listdir(rmtest.PROFILES) if n.endswith(".yaml")),
                   key=lambda n: n[:-5])  # as `profile list` does: a name before those it begins

    def listed(self, *arguments, **how):
        done = self.rackmeter("profile", "list", *arguments, **how)
        self.assertEqual((done.status, done.err), (0, ""), done)
        return [line.split()[0] + ".yaml" for line in done.out.splitlines()]

    def test_list_and_show(self):
        self.assertEqual(self.listed(), self.FILES)
        for file in self.FILES[::16]:  # test_lint reads them all, in one process
            with self.subTest(profile=file):
                shown = self.rackmeter("profile", "show", file[:-5])
                self.assertEqual(shown.status, 0, shown)
                self.assertTrue(shown.out.startswith(file[:-5] + ":"), shown)
                self.assertIn("points", shown.out)
                self.assertIn("main", shown.out)
        wrong = self.rackmeter("profile", "show", "apc-rpdu3")
        self.assertEqual(wrong.status, 1, wrong)
        self.assertIn("apc-rpdu3", wrong.err)

    def test_where_they_are_found(self):
        """Beside the program, in the build tree and wherever it was installed."""
        del self.env["RACKMETER_PROFILES"]
        self.assertEqual(self.listed(), self.FILES)
        subprocess.run(["cmake", "--install", rmtest.BUILD, "--prefix", self.path("usr")],
                       env=self.env, stdout=subprocess.DEVNULL, check=True)
        self.assertTrue(os.access(self.path("usr", "sbin", "rackmeterd"), os.X_OK))
        for beside in ("man/man1/rackmeter-report.1", "man/man5/rackmeter.yaml.5",
                       "man/man8/rackmeterd.8", "bash-completion/completions/rackmeter",
                       "fish/vendor_completions.d/rackmeter.fish"):
            self.assertTrue(os.path.exists(self.path("usr", "share", *beside.split("/"))), beside)
        installed = self.path("usr", "bin", "rackmeter")
        self.assertEqual(self.listed(program=installed), self.FILES)
        for file in self.FILES[1:]:
            os.unlink(self.path("usr", "share", "rackmeter", "profiles", file))
        self.assertEqual(self.listed(program=installed), self.FILES[:1])
        # a folder that is named comes first, those found besides add to it
        os.makedirs(self.path("own"))
        self.assertEqual(self.listed("--profiles", "own", program=installed), self.FILES[:1])

    def test_lint(self):
        paths = [os.path.join(rmtest.PROFILES, file) for file in self.FILES]
        good = self.rackmeter("profile", "lint", *paths)
        self.assertEqual((good.status, good.err), (0, ""), good)
        self.assertEqual(good.out.count("no errors"), len(paths))
        with open(os.path.join(rmtest.PROFILES, "apc-rpdu2.yaml"), encoding="utf-8") as f:
            text = f.read()
        number = text[:text.index("power_w: .5,")].count("\n") + 1
        path = self.write("apc-rpdu2.yaml", text.replace("power_w: .5,", "powr_w: .5,", 1))
        done = self.rackmeter("profile", "lint", path)
        self.assertEqual(done.status, 1, done)
        self.assertRegex(done.err, rf"apc-rpdu2\.yaml:{number}(:\d+)?: error: .*power_w")

        wrong = os.path.join(rmtest.SOURCE, "tests", "fixtures", "profiles-bad")
        done = self.rackmeter("profile", "lint", os.path.join(wrong, "bad-scale.yaml"),
                              os.path.join(wrong, "overlap.yaml"), paths[0])
        self.assertEqual(done.status, 1, done)
        self.assertIn("no errors", done.out)
        self.assertEqual(len(done.err.splitlines()), 4, done)
        for line in done.err.splitlines():
            self.assertRegex(line, r".+\.yaml:\d+:\d+: error: .+")
        done = self.rackmeter("profile", "lint", "/nonexistent/acme.yaml")
        self.assertEqual(done.status, 1, done)
        self.assertIn("/nonexistent/acme.yaml", done.err)

    def test_lint_of_a_set(self):
        done = self.rackmeter("profile", "lint")
        self.assertEqual((done.status, done.err), (0, ""), done)
        self.assertIn(f"{len(self.FILES)} profiles, no errors", done.out)
        twins = os.path.join(rmtest.SOURCE, "tests", "fixtures", "profiles-twins")
        left, right = os.path.join(twins, "left.yaml"), os.path.join(twins, "right.yaml")
        for done in (self.rackmeter("profile", "lint", left, right),
                     self.rackmeter("profile", "lint", "--profiles", twins),
                     self.rackmeter("profile", "lint", right, "--profiles", twins)):
            self.assertEqual(done.status, 1, done)
            self.assertRegex(done.err, r"right\.yaml:11: error: profile right claims the same "
                             r"devices as profile left \(.*left\.yaml:11\)")
        self.assertEqual(self.rackmeter("profile", "lint", left).status, 0)


    def test_fixtures(self):
        done = self.rackmeter("profile", "test")
        self.assertEqual((done.status, done.err), (0, ""), done)
        rows = [line.split() for line in done.out.splitlines()[1:]]
        self.assertEqual({row[0] + ".yaml" for row in rows}, set(self.FILES))
        for _, n, right, wrong, _ in rows:
            self.assertEqual((int(n), int(wrong)), (int(right), 0))
            self.assertGreater(int(n), 0)
        fixtures = os.path.join(rmtest.FIXTURES, "devices")
        with open(os.path.join(fixtures, "entity-sensor.csv"), encoding="utf-8") as f:
            text = f.read()
        self.write("mine/entity-sensor.csv", text.replace(",41,%,", ",42,%,"))
        self.write("mine/entity-sensor-other.csv", text)
        done = self.rackmeter("profile", "test", "entity-sensor", "--fixtures", "mine")
        self.assertEqual(done.status, 1, done)
        number = text[:text.index(",41,%,")].count("\n") + 1
        self.assertIn(f"line {number}: sensor 1002 humidity_pct: 41 % (raw 41), expected 42",
                      done.out)
        self.assertIn("entity-sensor-other.csv", done.out)
        self.write("mine/entity-sensor.csv", "nothing\n")
        done = self.rackmeter("profile", "test", "--fixtures", "mine",
                              os.path.join(rmtest.PROFILES, "entity-sensor.yaml"))
        self.assertEqual(done.status, 1, done)
        self.assertIn("mine/entity-sensor.csv:1: the first line is", done.err)
        done = self.rackmeter("profile", "test", "ups-mib", "--fixtures", "mine")
        self.assertEqual(done.status, 1, done)
        self.assertIn("no fixture ups-mib.csv", done.out)


    ACME = "1.3.6.1.4.1.99999"
    ACME_WALK = "".join(f"{oid}|{kind}|{value}\n" for oid, kind, value in (
        ("1.3.6.1.2.1.1.1.0", 4, "Acme PDU"), ("1.3.6.1.2.1.1.2.0", 6, ACME),
        (ACME + ".1.1.1.0", 4, "AP-1"), (ACME + ".1.1.2.0", 4, "SN7"), (ACME + ".1.1.3.0", 2, 12345),
        (ACME + ".1.1.4.1.2.1.1", 4, "left"), (ACME + ".1.1.4.1.2.1.2", 4, "right"),
        (ACME + ".1.1.4.1.3.1.1", 2, 2), (ACME + ".1.1.4.1.3.1.2", 2, 1),
        (ACME + ".1.1.4.1.4.1.1", 2, 1500), (ACME + ".1.1.4.1.4.1.2", 2, 0),
        (ACME + ".1.1.4.1.5.1.1", 2, 0), (ACME + ".1.1.4.1.5.1.2", 2, -1),
        (ACME + ".1.1.4.1.6.1.1", 2, 7), (ACME + ".1.1.4.1.6.1.2", 2, 8)))

    def test_worked_example(self):
        """FORMAT.md's profile, and the fixture that it shows for it."""
        with open(os.path.join(rmtest.SOURCE, "schema/profiles/FORMAT.md"), encoding="utf-8") as f:
            text = f.read()
        profile, = re.findall(r"^```yaml\n(# SPDX.*?)^```", text, re.M | re.S)
        fixture, = re.findall(r"^ *```csv\n(.*?)^ *```", text, re.M | re.S)
        self.write("acme-pdu.yaml", profile)
        self.write("acme-pdu.csv", re.sub("^ +", "", fixture, flags=re.M))
        done = self.rackmeter("profile", "test", "./acme-pdu.yaml", "--fixtures", ".")
        self.assertEqual(done.status, 0, done)
        self.assertRegex(done.out, r"acme-pdu +6 +6 +0 ")

    def test_draft(self):
        self.write("acme.snmprec", self.ACME_WALK)
        done = self.rackmeter("profile", "new", "--from-walk", "acme.snmprec", "--mibs",
                              os.path.join(rmtest.FIXTURES, "mibs"), "--name", "acme-pdu")
        self.assertEqual((done.status, done.err), (0, ""), done)
        self.assertIn("# guess", done.out)
        self.assertIn("# - {QUANTITY: .1.1.4.1.6,", done.out)  # acmeOutletThing: no idea
        self.assertIn('states: {0: "local", -1: "remote", 2: {"linkFailed": critical}}', done.out)
        self.assertIn("# guess, severities too: 0, -1", done.out)
        self.write("acme-pdu.yaml", done.out)
        lint = self.rackmeter("profile", "lint", "acme-pdu.yaml")
        self.assertEqual((lint.status, lint.err), (0, ""), done.out)
        tree = self.rackmeter("probe", "walk:acme.snmprec", "--profile", "./acme-pdu.yaml",
                              "--format", "json").json()
        self.assertEqual((tree["facts"]["model"], tree["facts"]["serial"]), ("AP-1", "SN7"))
        found = {(p["part"], p["quantity"]): (p["value"], p.get("state"), p["label"])
                 for p in tree["points"]}
        self.assertEqual(found, {
            ("main", "power_w"): (1234.5, None, ""),
            ("outlet 1 1", "state"): (2, "on", "left"), ("outlet 1 2", "state"): (1, "off", "right"),
            ("outlet 1 1", "current_a"): (1.5, None, "left"),
            ("outlet 1 2", "current_a"): (0, None, "right"),
            ("outlet 1 1 acmeOutletMode", "state"): (0, "local", "left"),
            ("outlet 1 2 acmeOutletMode", "state"): (-1, "remote", "right")})
        self.write("failed.snmprec", self.ACME_WALK.replace(".5.1.2|2|-1", ".5.1.2|2|2"))
        probe = ("probe", "walk:failed.snmprec", "--profile", "./acme-pdu.yaml", "--format")
        found = {p["part"]: p.get("severity") for p in self.rackmeter(*probe, "json").json()["points"]
                 if p["quantity"] == "state"}
        self.assertEqual(found["outlet 1 2 acmeOutletMode"], "critical")
        self.assertEqual(found["outlet 1 1 acmeOutletMode"], "ok")
        self.assertRegex(self.rackmeter(*probe, "text").out, r"2  linkFailed  \[critical\]\n")
        self.assertRegex(self.rackmeter(*probe, "csv").out, r"state,2,2,1,linkFailed,,critical\n")
        self.assertIn("2 linkFailed [critical]",
                      self.rackmeter("profile", "show", "acme-pdu", "--profiles", ".").out)

    def test_draft_without_a_mib(self):
        """The shape of the table is found all the same, and nothing is claimed to be known."""
        self.write("acme.snmprec", self.ACME_WALK)
        done = self.rackmeter("profile", "new", "--from-walk", "acme.snmprec",
                              env={"MIBDIRS": self.dir})
        self.assertEqual((done.status, done.err), (0, ""), done)
        self.assertIn("profile: acme\n", done.out)
        self.assertIn("  # - index: a.b\n  #   label: .1.1.4.1.2  # guess: left, right", done.out)
        self.assertIn("# - {QUANTITY: .1.1.4.1.4, ", done.out)
        self.assertIn("# 1500, 0\n", done.out)
        self.assertIn("nothing is recognised", done.out)
        for arguments, told in ((["--from-walk", "none"], "none"), ([], "from-walk"),
                                (["--from-walk", "acme.snmprec", "--under", "x"], "no OID"),
                                (["--from-walk", "acme.snmprec", "--under", "1.3.6.1.4.1.5"],
                                 "--under")):
            done = self.rackmeter("profile", "new", *arguments)
            self.assertIn(done.status, (1, 2), done)
            self.assertIn(told, done.err)


class Probe(rmtest.Case):
    def test_walk(self):
        self.write("walk.snmprec", WALK)
        text, rows, tree = [self.rackmeter("probe", "walk:walk.snmprec", "--format", form)
                            for form in ("text", "csv", "json")]
        for done in (text, rows, tree):
            self.assertEqual(done.status, 0, done)
        rows = list(csv.DictReader(io.StringIO(rows.out)))
        points = tree.json()["points"]
        self.assertEqual(tree.json()["profile"], "apc-rpdu2")
        plan = tree.json()["plan"]
        self.assertEqual(sum(group["points"] for group in plan), len(points))
        self.assertEqual([group["every_s"] for group in plan],
                         sorted({g["every_s"] for g in plan}, key=lambda s: s or 0))
        for group in plan:
            for request in group["requests"]:
                self.assertIn("    " + request + "\n", text.out)
        found = {(r["part"], r["quantity"]): float(r["value"]) if r["value"] else None for r in rows}
        self.assertEqual(found, VALUES)
        self.assertEqual([(p["part"], p["quantity"], p.get("value")) for p in points],
                         [(r["part"], r["quantity"], float(r["value"]) if r["value"] else None)
                          for r in rows])
        self.assertEqual({p["label"] for p in points}, {'row "A", left'})
        self.assertEqual({r["label"] for r in rows}, {'row "A", left'})
        for row in rows:
            with self.subTest(row=row):
                lines = [line for line in text.out.split("\n") if f" {row['quantity']} " in line]
                self.assertEqual(len(lines), 1, text.out)
                if row["value"]:
                    self.assertIn(row["raw"], lines[0].split())
                    self.assertIn(row["value"], lines[0].split())
                else:
                    self.assertTrue(row["cause"])
                    self.assertIn(row["cause"], lines[0])

    def test_walk_that_is_none(self):
        missing = self.rackmeter("probe", "walk:nothing.snmprec")
        self.assertEqual(missing.status, 1, missing)
        self.assertIn("nothing.snmprec", missing.err)
        self.write("notes.txt", "the agent\nwas not reachable\n")
        notes = self.rackmeter("probe", "walk:notes.txt", "--profile", "apc-rpdu2")
        self.assertEqual(notes.status, 1, notes)
        self.assertIn("notes.txt", notes.err)
        self.write("other.snmprec", "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.99999.1\n")
        other = self.rackmeter("probe", "walk:other.snmprec")
        self.assertEqual(other.status, 1, other)
        self.assertIn("--profile", other.err)

    def test_nobody_answers(self):
        for endpoint in (f"snmp://127.0.0.1:{self.snmp_port}",
                         f"modbus://127.0.0.1:{self.modbus_port}/1"):
            with self.subTest(endpoint=endpoint):
                done = self.rackmeter("probe", endpoint, "--timeout", "1")
                self.assertEqual(done.status, 1, done)
                self.assertIn(endpoint, done.err)
                self.assertIn("refused", done.err)


class Site(rmtest.Case):
    def test_init_and_check(self):
        done = self.rackmeter("init", "site", "--rows", "3", "--per-row", "5")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(stat.S_IMODE(os.stat(self.path("site", "credentials.yaml")).st_mode), 0o600)
        done = self.rackmeter("check", "config", "--dir", "site", "--strict")
        self.assertEqual(done.status, 0, done)
        self.assertIn("15 racks", done.out)
        before = {n: self.read(f"site/{n}") for n in os.listdir(self.path("site"))}
        again = self.rackmeter("init", "site")
        self.assertEqual(again.status, 1, again)
        self.assertEqual({n: self.read(f"site/{n}") for n in os.listdir(self.path("site"))}, before)
        # it can be started as it is: the database needs no directory of the system
        self.assertIn("site/rackmeter.db", self.rackmeter("status", "--dir", "site").err)

        good = self.rackmeter("check", "config", "--dir", "site", "--format", "json")
        self.assertEqual((good.status, good.json()["ok"], good.json()["problems"]), (0, True, []))
        self.write("site/racks.csv", before["racks.csv"].replace(",2N,", ',"2\t""N",', 1))
        bad = self.rackmeter("check", "config", "--dir", "site", "--format", "json")
        self.assertEqual((bad.status, bad.json()["ok"]), (1, False), bad)
        problem = bad.json()["problems"][0]
        self.assertEqual((problem["file"], problem["level"]), ("racks.csv", "error"))
        self.assertGreater(problem["line"], 1)

    def test_diff_and_output(self):
        self.hall("--racks", "2", "--rows", "1", "--every", "1s", "--no-bmcs")
        fresh = self.rackmeter("config", "diff", "--dir", "config")
        self.assertEqual(fresh.status, 0, fresh)
        self.assertIn("not there yet", fresh.out + fresh.err)
        self.assertFalse(os.path.exists(self.db), "diff changes nothing")
        self.simulator()
        daemon = self.daemon().ready()
        self.until_rows("UPS-1-M", 3)
        daemon.stop()
        same = self.rackmeter("config", "diff", "--dir", "config")
        self.assertEqual(same.status, 0, same)
        self.assertNotIn("R01", same.out)
        text = self.read("config/racks.csv")
        self.write("config/racks.csv", text.replace("R01-A R01-B,2N,16,", "R01-A R01-B,2N,11.5,"))
        other = self.rackmeter("config", "diff", "--dir", "config")
        self.assertEqual(other.status, 0, other)
        self.assertIn("R01", other.out)
        self.assertRegex(other.out, "11.?5")
        self.assertNotIn("R02", other.out)

        report = ("report", "racks", "--db", self.db, "--last", "1h", "--format", "json",
                  "--now", self.rows("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now')")[0][0])
        plain = self.rackmeter(*report)
        self.assertEqual(plain.status, 0, plain)
        self.assertEqual(self.rackmeter(*report).out, plain.out, "the same --now, other bytes")
        self.write("out/racks.json", "what was there before")
        os.link(self.path("out/racks.json"), self.path("kept"))
        done = self.rackmeter(*report, "--output", "out/racks.json")
        self.assertEqual((done.status, done.out), (0, ""), done)
        self.assertEqual(self.read("out/racks.json"), plain.out)
        json.loads(plain.out)
        # replaced by a rename: whoever had the old file open still reads it whole
        self.assertEqual(self.read("kept"), "what was there before")
        self.assertEqual(os.listdir(self.path("out")), ["racks.json"])
        failed = self.rackmeter(*report, "--output", "nowhere/racks.json")
        self.assertEqual(failed.status, 1, failed)
        self.assertIn("nowhere/racks.json", failed.err)
        failed = self.rackmeter("report", "racks", "--db", "missing.db", "--output", "out/racks.json")
        self.assertEqual(failed.status, 1, failed)
        self.assertEqual(self.read("out/racks.json"), plain.out)


if __name__ == "__main__":
    rmtest.main()
