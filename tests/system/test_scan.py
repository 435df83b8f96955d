# SPDX-License-Identifier: Apache-2.0
"""rackmeter scan over a simulated hall: every device with its profile, nothing twice, stopped and
resumed, bounded in rate, and quiet without a terminal."""
import csv
import io
import os
import pty
import signal
import subprocess
import time

import rmtest


class Scan(rmtest.Case):
    NETS = ("127.1.0.0/28", "127.2.0.0/29")

    def setUp(self):
        super().setUp()
        self.hall("--racks", "4", "--rows", "1")
        self.sim = self.simulator()
        self.ports = ("--port", str(self.snmp_port), "--modbus-port", str(self.modbus_port))

    def scan(self, *arguments):
        return self.rackmeter("scan", *self.ports, *arguments)

    def table(self, path):
        rows = csv.DictReader(line for line in io.StringIO(self.read(path))
                              if not line.startswith("#"))
        return {row["endpoint"]: row for row in rows}

    def expected(self, scheme):
        return {row["endpoint"]: row["profile"]
                for row in self.table("config/devices.csv").values()
                if row["endpoint"].startswith(scheme)}

    def test_snmp(self):
        done = self.scan(*self.NETS, "--credential", "ro", "--dir", "config",
                         "--output", "found.csv", "--timeout", "300ms")
        self.assertEqual((done.status, done.out, done.err), (0, "", ""), done)
        found = self.table("found.csv")
        self.assertEqual({e: row["profile"] for e, row in found.items()}, self.expected("snmp:"))
        self.assertEqual({row["credential"] for row in found.values()}, {"ro"})
        names = [row["device"] for row in found.values()]
        self.assertEqual(len(set(names)), len(names))
        for row in found.values():
            if row["profile"] == "raritan-px2":
                self.assertEqual((row["serial"], row["note"]), ("SIM0002", "PX3-5190R"))

        # what it wrote is a table that the configuration takes
        before = self.read("config/devices.csv")
        self.write("config/devices.csv", self.read("found.csv"))
        check = self.rackmeter("check", "config", "--dir", "config", "--format", "json")
        wrong = [p for p in check.json()["problems"]
                 if p["file"] == "devices.csv" and p["level"] == "error"]
        self.assertEqual(wrong, [])
        self.write("config/devices.csv", before)

        # once more: nothing is asked of those that are known
        text = self.read("found.csv")
        done = self.scan(*self.NETS, "--credential", "ro", "--dir", "config",
                         "--output", "found.csv", "--timeout", "300ms")
        self.assertEqual((done.status, self.read("found.csv")), (0, text))

    def test_wrong_community_first(self):
        one = sorted(self.expected("snmp:"))[0]
        done = self.scan(one, "--community", "wrong", "--community", "public", "--timeout", "300ms")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(len(done.out.splitlines()), 2, done)
        self.assertIn(one + ",", done.out)
        self.assertIn(",,", done.out)  # a community has no name: the credential stays empty
        done = self.scan(one, one, one, "--timeout", "300ms")
        self.assertEqual((done.status, len(done.out.splitlines())), (0, 2), done)
        done = self.scan(one, "--community", "wrong", "--timeout", "200ms")
        self.assertEqual((done.status, len(done.out.splitlines())), (0, 1), done)

    def test_columns_of_the_site_stay(self):
        keep = "# ours\r\nendpoint;device;profile;rack;x_own\r\n" \
               f"snmp://127.1.0.1:{self.snmp_port};Mine;apc-rpdu2;R7;a,b\r\n"
        self.write("own.csv", keep)
        done = self.scan("127.1.0.0/29", "--output", "own.csv", "--timeout", "300ms")
        self.assertEqual(done.status, 0, done)
        with open(self.path("own.csv"), encoding="utf-8", newline="") as f:
            text = f.read()
        self.assertTrue(text.startswith(keep), text)
        rows = text[len(keep):].splitlines()
        self.assertEqual(len(rows), 5, text)  # 127.1.0.2 to 6: PDUs of the scene
        self.assertEqual(len(set(row.split(";")[0] for row in rows)), len(rows))

    def test_stop_and_resume(self):
        argv = [rmtest.RACKMETER, "scan", *self.ports, *self.NETS, "--output", "found.csv",
                "--rate", "20", "--at-once", "2", "--timeout", "300ms"]
        with open(self.path("err.txt"), "wb") as err:
            process = subprocess.Popen(argv, cwd=self.dir, env=self.env, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=err)
        rmtest.until("two rows", lambda: os.path.exists(self.path("found.csv")) and
                     len(self.table("found.csv")) >= 2)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=10), 130)
        self.assertIn("stopped, run it again to go on", self.read("err.txt"))
        part = self.table("found.csv")
        whole = self.expected("snmp:")
        self.assertLess(len(part), len(whole))
        done = self.scan(*self.NETS, "--output", "found.csv", "--timeout", "300ms")
        self.assertEqual(done.status, 0, done)
        found = self.table("found.csv")
        self.assertEqual({e: row["profile"] for e, row in found.items()}, whole)
        self.assertEqual({e: found[e] for e in part}, part)

    def test_silent_ones_are_not_asked_again(self):
        """Until the scan is through, which is shown by agents that come up where none was."""
        nets = ("127.9.0.0/29", "127.2.0.0/29")
        argv = (*nets, "--output", "found.csv", "--timeout", "100ms", "--modbus", "7,8",
                "--modbus-port", "1")
        with open(self.path("err.txt"), "wb") as err:
            process = subprocess.Popen([rmtest.RACKMETER, "scan", *self.ports, *argv, "--rate",
                                        "20", "--at-once", "2"], cwd=self.dir, env=self.env,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=err)
        state = self.path("found.csv.scan")
        rmtest.until("four silent ones", lambda: os.path.exists(state) and
                     self.read("found.csv.scan").count("\n") >= 5)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=10), 130)
        silent = self.read("found.csv.scan").splitlines()[1:]
        snmp = [e.split("//")[1].split(":")[0] for e in silent if e.startswith("snmp:")]
        self.assertIn("127.9.0.1", snmp)
        self.assertNotIn("127.9.0.6", snmp)
        self.assertIn("modbus://127.9.0.1:1/*", silent)
        self.assertEqual(os.stat(state).st_mode & 0o777, 0o600)
        for address in snmp:
            self.assertIn("ok", self.sim.tell(f"device {address} snmp raritan-px2.csv"))
        # cut amid a line: that address counts as not asked
        with open(state, "a", encoding="utf-8") as f:
            f.write("snmp://127.9.0.6")

        def run(*more):
            done = self.scan(*argv, *more)
            self.assertEqual((done.status, done.err), (0, ""), done)
            rows = self.table("found.csv") if os.path.exists(self.path("found.csv")) else {}
            return [a for a in snmp if f"snmp://{a}:{self.snmp_port}" in rows]

        text = self.read("found.csv.scan")
        self.assertEqual(run(), [])
        self.assertFalse(os.path.exists(state))
        self.assertIn(f"snmp://127.2.0.1:{self.snmp_port}", self.table("found.csv"))
        self.write("found.csv.scan", text)
        os.unlink(self.path("found.csv"))
        self.assertEqual(run("--again"), snmp)
        self.write("found.csv.scan", text)
        os.unlink(self.path("found.csv"))
        self.assertEqual(run("--timeout", "101ms"), snmp)  # asked otherwise
        self.assertEqual(run(), snmp)
        # --again adds what is new and leaves the rows there are
        rows = self.read("found.csv").splitlines(True)
        self.write("found.csv", "".join(rows[:2]))
        self.assertEqual(run("--again"), snmp)
        self.assertEqual(sorted(self.read("found.csv").splitlines(True)), sorted(rows))

        self.write("found.csv.scan", "mine\n")
        done = self.scan(*argv)
        self.assertEqual((done.status, self.read("found.csv.scan")), (1, "mine\n"), done)
        self.assertIn("found.csv.scan is in the way", done.err)

    def test_rate(self):
        start = time.monotonic()
        done = self.scan("127.9.0.0/28", "--rate", "10", "--timeout", "50ms")
        took = time.monotonic() - start
        self.assertEqual((done.status, len(done.out.splitlines())), (0, 1), done)
        # 14 addresses; two requests may go out at once, the others at 10 a second
        self.assertGreater(took, 1.0)
        self.assertLess(took, 20 * rmtest.SLACK)

    def test_progress_on_a_terminal(self):
        ours, theirs = pty.openpty()
        process = subprocess.Popen([rmtest.RACKMETER, "scan", *self.ports, "127.9.0.0/28", "--rate",
                                    "10", "--timeout", "50ms"], cwd=self.dir, env=self.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=theirs)
        os.close(theirs)
        told = b""
        while True:  # until the other side is closed
            try:
                some = os.read(ours, 4096)
            except OSError:
                break
            if not some:
                break
            told += some
        os.close(ours)
        self.assertEqual(process.wait(timeout=10), 0)
        self.assertRegex(told.decode(), r"scan: \d+ s, \d+ of 14")
        self.assertIn("0 new devices, 0 of no known family, 14 silent", told.decode())

    def test_modbus(self):
        want = self.expected("modbus:")
        hosts = sorted({e.split("//")[1].split(":")[0] for e in want})
        self.write("hosts.txt", "# meters\n\n" + "".join(h + "\n" for h in hosts))
        done = self.scan("hosts.txt", "--no-snmp", "--modbus", "1..3", "--output", "found.csv",
                         "--timeout", "300ms")
        self.assertEqual(done.status, 0, done)
        found = self.table("found.csv")
        for endpoint, profile in want.items():
            if profile == "schneider-pm5000":
                self.assertEqual(found[endpoint]["profile"], profile)
            else:  # the simulated meter has no register that tells its make
                self.assertIn(f"# {endpoint}: answers, but no profile", self.read("found.csv"))
        self.assertIn("schneider-pm5000", want.values())

    def test_stranger_becomes_a_comment(self):
        self.write("scene/odd.csv", "oid_or_register,type,raw,part,quantity,expected,unit,source\n"
                   "1.3.6.1.2.1.1.1.0,string,Toaster,,,,,\n"
                   "1.3.6.1.2.1.1.2.0,oid,1.3.6.1.4.1.99999.8,,,,,\n")
        self.write("scene/odd", "device 127.5.0.1 snmp odd.csv\n")
        self.sim.popen.terminate()
        self.sim.popen.wait(timeout=10)
        self.simulator(self.path("scene", "odd"))
        for _ in range(2):
            done = self.scan("127.5.0.1", "--output", "found.csv", "--timeout", "300ms")
            self.assertEqual(done.status, 0, done)
            self.assertEqual(self.read("found.csv").splitlines()[1:], [
                f"# snmp://127.5.0.1:{self.snmp_port}: no profile fits sysObjectID "
                '1.3.6.1.4.1.99999.8, sysDescr "Toaster"'])

    def test_members_of_a_chain_are_rows(self):
        """By the rows of a column of facts, that count from 0, and by a column of module numbers; a
        family whose parts say whose they are is one row, as is a single unit."""
        def agent(name, address, sysobjectid, *rows):
            facts = [("1.3.6.1.2.1.1.1.0", "string", name), ("1.3.6.1.2.1.1.2.0", "oid", sysobjectid),
                     ("1.3.6.1.2.1.1.5.0", "string", name)]
            self.write(f"scene/{name}.csv", "oid_or_register,type,raw,part,quantity,expected,unit,source\n"
                       + "".join(f"{o},{t},{v},,,,,\n" for o, t, v in [*facts, *rows]))
            return f"device {address} snmp {name}.csv\n"

        eaton, apc, sentry = "1.3.6.1.4.1.534.6.6.7", "1.3.6.1.4.1.318.1.1", "1.3.6.1.4.1.1718.3"
        self.write("scene/chains", "".join((
            agent("zero", "127.5.0.1", eaton,
                  *((f"{eaton}.1.2.1.4.{n}", "string", f"SN{n}") for n in (0, 2, 3)),
                  (f"{eaton}.1.2.1.3.2", "string", "EMA107")),
            agent("keyed", "127.5.0.2", "1.3.6.1.4.1.318.1.3.4.6",
                  (apc + ".12.1.6.0", "string", "SNHOST"),
                  (apc + ".26.4.3.1.2.1", "integer", 2), (apc + ".26.4.3.1.2.2", "integer", 1),
                  (apc + ".26.4.3.1.5.1", "integer", 12), (apc + ".26.4.3.1.5.2", "integer", 34)),
            agent("told", "127.5.0.3", sentry, (sentry + ".2.1.1.6.1", "string", "A1"),
                  (sentry + ".2.1.1.6.2", "string", "B1")),
            agent("single", "127.5.0.4", eaton, (eaton + ".1.2.1.4.0", "string", "SN9")))))
        self.sim.popen.terminate()
        self.sim.popen.wait(timeout=10)
        self.simulator(self.path("scene", "chains"))

        def rows():
            return [(row["device"], row["endpoint"].replace(f":{self.snmp_port}", ""), row["serial"])
                    for row in self.table("found.csv").values()]

        whole = [("keyed", "snmp://127.5.0.2#1", "SNHOST"), ("keyed-2", "snmp://127.5.0.2#2", ""),
                 ("single", "snmp://127.5.0.4", "SN9"), ("told", "snmp://127.5.0.3", "A1"),
                 ("zero", "snmp://127.5.0.1#1", "SN0"), ("zero-3", "snmp://127.5.0.1#3", "SN2"),
                 ("zero-4", "snmp://127.5.0.1#4", "SN3")]
        for _ in range(2):
            done = self.scan("127.5.0.0/29", "--output", "found.csv", "--timeout", "300ms")
            self.assertEqual(done.status, 0, done)
            self.assertEqual(sorted(rows()), whole)
        self.assertEqual(self.table("found.csv")[f"snmp://127.5.0.1:{self.snmp_port}#3"]["note"],
                         "EMA107")
        # each row is read as what it says
        for member, power in (1, "340"), (2, "120"):
            done = self.rackmeter("probe", f"snmp://127.5.0.2:{self.snmp_port}#{member}",
                                  "--profile", "apc-rpdu2")
            self.assertRegex(done.out, rf"power_w .*\b{power}  W", done)
            self.assertEqual("SNHOST" in done.out, member == 1, done)
            self.assertRegex(done.out, r"\nchain +snmp://127.5.0.2:\d+#1, snmp://127.5.0.2:\d+#2\n")
        done = self.rackmeter("probe", f"snmp://127.5.0.2:{self.snmp_port}", "--format", "json")
        self.assertEqual(done.json()["members"], [1, 2])
        done = self.rackmeter("probe", f"snmp://127.5.0.2:{self.snmp_port}")
        self.assertIn("#2; without # the first is read\n", done.out)
        # a row that reads the host as a whole stays alone
        self.write("found.csv", "device,endpoint,profile\n"
                   f"mine,snmp://127.5.0.2:{self.snmp_port},apc-rpdu2\n")
        done = self.scan("127.5.0.2", "--output", "found.csv", "--timeout", "300ms")
        self.assertEqual((done.status, len(self.table("found.csv"))), (0, 1), done)

    def test_wrong(self):
        for arguments, told in (
                ([], "where to look"), (["10.0.0.0/33"], "no network"),
                (["10.0.0.0/8"], "scan in parts"), (["walk:x"], "no address on the network"),
                (["--no-snmp", "10.0.0.1"], "--modbus"),
                (["--modbus", "300", "10.0.0.1"], "units like"),
                (["--rate", "0", "10.0.0.1"], "--rate"),
                (["--credential", "nobody", "--dir", "config", "10.0.0.1"], "no such credential")):
            done = self.scan(*arguments)
            self.assertIn(done.status, (1, 2), done)
            self.assertIn(told, done.err)
        self.write("list.txt", "127.0.0.1\n\nsnmp://[1\n")
        done = self.scan("list.txt")
        self.assertEqual(done.status, 1, done)
        self.assertIn("list.txt:3: ", done.err)
        self.write("racks.csv", "rack,hall\nR1,H1\n")
        done = self.scan("127.0.0.1", "--output", "racks.csv")
        self.assertEqual(done.status, 1, done)
        self.assertIn("no table of devices", done.err)
        self.assertIn("racks.csv is no table of devices: line 1: column 'device' is missing",
                      done.err)
        self.assertEqual(self.read("racks.csv"), "rack,hall\nR1,H1\n")
        # with --dir it is the site's credentials that are tried, and nothing in their place
        self.write("site/rackmeter.yaml", "version: 1\nsite: s\nzone: UTC\ncredentials: c.yaml\n")
        done = self.scan("127.1.0.1", "--dir", "site")
        self.assertEqual((done.status, done.out), (1, ""), done)
        self.assertIn("the credentials file is missing", done.err)

    def test_into_a_new_site(self):
        """The tables of `rackmeter init` take the rows as they are, and those edited since stay."""
        self.assertEqual(self.rackmeter("init", "site").status, 0)
        for _ in range(2):
            done = self.scan(*self.NETS, "--dir", "site", "--output", "site/devices.csv",
                             "--timeout", "300ms")
            self.assertEqual((done.status, done.out, done.err), (0, "", ""), done)
            found = self.table("site/devices.csv")
            self.assertEqual({e: row["profile"] for e, row in found.items()}, self.expected("snmp:"))
        self.assertEqual({row["credential"] for row in found.values()}, {"ro"})
        for row in found.values():
            bmc = row["profile"] == "dell-idrac"
            self.assertEqual((row["role"], row["use"]), ("", "check") if bmc else ("it_in", ""))
        done = self.rackmeter("check", "config", "--dir", "site")
        self.assertEqual(done.status, 0, done)


if __name__ == "__main__":
    rmtest.main()
