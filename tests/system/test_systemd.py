#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The units: systemd-analyze understands them and finds them tight, and rackmeterd polls, reloads and
stops as an unprivileged user under the limits, the umask and the syscall filter that its unit names,
telling systemd what the unit's Type and WatchdogSec expect."""
import csv
import glob
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import urllib.request

import confined
import rmtest

UNITS = os.path.join(rmtest.BUILD, "packaging", "systemd")
SOURCES = os.path.join(rmtest.SOURCE, "packaging", "systemd")
EXPOSURE = (  # unit, drop-in, the most; sendmail's setgid bit keeps rackmeter-mail out of a sandbox
    ("rackmeterd.service", "", 1.5), ("rackmeterd.service", "network.conf", 1.5),
    ("rackmeterd.service", "serial.conf", 1.7), ("rackmeter-report@.service", "", 0.5),
    ("rackmeter-check.service", "", 0.5))
UNIT = os.path.join(UNITS, "rackmeterd.service")
ANALYZE = shutil.which("systemd-analyze")
USER = "nobody"  # any that is not root


def analyze(*arguments):
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, check=False,
                          env={**os.environ, "SYSTEMD_COLORS": "0", "LC_ALL": "C.UTF-8"})


class Analyze(rmtest.Case):
    def setUp(self):
        super().setUp()
        if not ANALYZE:
            self.skipTest("there is no systemd-analyze here")

    def test_exposure(self):
        for name, extra, most in EXPOSURE:
            with open(os.path.join(UNITS, name), encoding="utf-8") as f:
                unit = f.read()
            if extra:  # what stands later wins, as in a drop-in
                with open(os.path.join(SOURCES, extra), encoding="utf-8") as f:
                    unit += f.read()
            done = analyze("security", "--offline=yes", "--no-pager",
                           self.write(name, unit))
            level = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
            self.assertTrue(level, done)
            print(f"exposure of {name} {extra}: {level[1]}")
            self.assertLessEqual(float(level[1]), most, done.stdout)

    def test_verify(self):
        """Without the pages and the programs that are not installed here."""
        shutil.copytree(UNITS, self.path("units"))
        units = sorted(glob.glob(self.path("units", "*.service")) +
                       glob.glob(self.path("units", "*.timer")))
        self.assertTrue(units)
        for path in units:
            with open(path, encoding="utf-8") as f:
                text = re.sub(r"^(Exec\w+=[-+]?)\S+", rf"\1{rmtest.RACKMETER}", f.read(),
                              flags=re.M)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            if "@." in path:
                os.rename(path, path.replace("@.", "@daily."))
        done = analyze("verify", "--man=no", *[p.replace("@.", "@daily.") for p in units])
        ours = [line for line in (done.stdout + done.stderr).splitlines() if "rackmeter" in line]
        self.assertEqual(ours, [], done)

    def test_folders(self):
        """sysusers and tmpfiles below a root of the test's own."""
        if not (shutil.which("systemd-sysusers") and shutil.which("systemd-tmpfiles")):
            self.skipTest("there is no systemd-sysusers or systemd-tmpfiles here")
        if os.geteuid() != 0:
            self.skipTest("only root can give folders away")
        os.makedirs(self.path("root", "etc"))
        for tool, name in (("systemd-sysusers", "rackmeter.sysusers"),
                           ("systemd-tmpfiles", "rackmeter.tmpfiles")):
            done = subprocess.run([tool, *(["--create"] if "tmp" in tool else []), "--root",
                                   self.path("root"), os.path.join(UNITS, name)],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done)
        with open(self.path("root", "etc", "passwd"), encoding="utf-8") as f:
            user = next(line.strip().split(":") for line in f if line.startswith("rackmeter:"))
        self.assertEqual(user[5:], ["/var/lib/rackmeter", "/usr/sbin/nologin"])
        for folder, uid in (("etc", 0), ("var/lib", int(user[2]))):
            st = os.stat(self.path("root", folder, "rackmeter"))
            self.assertEqual((stat.S_IMODE(st.st_mode), st.st_uid, st.st_gid),
                             (0o2750, uid, int(user[3])), folder)


class Limits(rmtest.Case):
    """Configuration and folders as tmpfiles.d, LoadCredential= and StateDirectory= leave them."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("only root can start the daemon as another user")
        self.unit = confined.settings(UNIT)
        self.user = pwd.getpwnam(USER)
        reached = subprocess.run(["setpriv", "--reuid", USER, "--clear-groups", rmtest.RACKMETERD,
                                  "--version"], capture_output=True, check=False)
        if reached.returncode != 0:
            self.skipTest(f"{USER} cannot reach the build folder")
        self.hall("--racks", "2", "--every", "1s")
        os.chmod(self.dir, 0o755)
        self.give("config", 0o2750, 0)
        for name in os.listdir(self.path("config")):
            self.give(os.path.join("config", name), 0o640, 0)
        self.give("config/credentials.yaml", 0o600, 0)
        os.mkdir(self.path("given"))
        name, source = self.unit["LoadCredential"][0].split(":")
        shutil.copy(self.path("config", os.path.basename(source)), self.path("given", name))
        self.give(os.path.join("given", name), 0o400, self.user.pw_uid)
        os.mkdir(self.path("state"))
        self.give("state", int(self.unit["StateDirectoryMode"][0], 8), self.user.pw_uid)
        yaml = re.sub(r"^database:.*$", "database: " + self.db, self.read("config/rackmeter.yaml"),
                      flags=re.M)
        self.write("config/rackmeter.yaml", yaml, 0o640)
        self.simulator()

    def give(self, name, mode, uid):
        os.chown(self.path(name), uid, self.user.pw_gid)
        os.chmod(self.path(name), mode)

    @property
    def db(self):
        return self.path("state", "rackmeter.db")

    def start(self, *arguments, **env):
        flags = []
        if ANALYZE:
            flags = ["--filter"]
        else:
            print("note: no systemd-analyze: without the filter of system calls")
        wrapper = [sys.executable, "-B", confined.__file__, *flags, UNIT, USER]
        return self.daemon(*arguments, wrapper=wrapper,
                           env={"CREDENTIALS_DIRECTORY": self.path("given"), **env})

    def test_life(self):
        """READY, STATUS, WATCHDOG, RELOADING and STOPPING as Type= and WatchdogSec= expect."""
        self.assertEqual(self.unit["Type"], ["notify"])
        self.assertIn("-HUP", self.unit["ExecReload"][0])
        daemon = self.start(WATCHDOG_USEC="2000000").ready()
        status = daemon.told("STATUS=")
        self.assertRegex(status, r"^STATUS=\d+ devices ok, .* readings, \d+ late, \d+ dropped$")
        self.until_rows("PDU-R01-A", 3)
        daemon.notified("WATCHDOG=1")
        daemon.signal(signal.SIGHUP)
        told = daemon.told("RELOADING=1")
        self.assertTrue(told)
        daemon.notified("READY=1")
        self.until_rows("PDU-R02-B", 3, after=self.last_ts())
        with open(f"/proc/{daemon.pid}/status", encoding="utf-8") as f:
            status = dict(line.split(":\t", 1) for line in f.read().splitlines())
        self.assertEqual(status["Uid"].split(), [str(self.user.pw_uid)] * 4)
        self.assertEqual({status[k] for k in ("CapPrm", "CapEff", "CapInh", "CapAmb")},
                         {"0" * 16})
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2" if ANALYZE else "0")
        daemon.signal(signal.SIGTERM)
        daemon.notified("STOPPING=1")
        self.assertEqual(daemon.wait(), 0, daemon.log())
        self.assertNotIn("cannot", daemon.log())

    def test_readers(self):
        """Of the group: all the database, while it is written and after; of others: nothing."""
        daemon = self.start().ready()
        self.until_rows("PDU-R01-A", 3)
        for name in os.listdir(self.path("state")):
            st = os.stat(self.path("state", name))
            self.assertEqual((stat.S_IMODE(st.st_mode), st.st_gid), (0o640, self.user.pw_gid), name)
        for running in (True, False):
            if not running:
                daemon.stop()
            for group, good in ((self.user.pw_gid, True), (65533, False)):
                done = self.rackmeter("--reuid", "65533", "--regid", str(group), "--clear-groups",
                                      rmtest.RACKMETER, "report", "racks", "--db", self.db, "--last",
                                      "5s", program="/usr/bin/setpriv")
                self.assertEqual(done.status == 0, good, done)
                if not good:
                    self.assertIn("join the group that may read it", done.err)

    def test_all_threads(self):
        """Serial lines, metrics and names run under the filter too."""
        yaml = self.read("config/rackmeter.yaml")
        self.write("config/rackmeter.yaml",
                   f"{yaml}\nlisten: {{metrics: 127.0.0.1:{self.ports.base + 2}}}\n", 0o640)
        with open(self.path("config", "devices.csv"), encoding="utf-8") as f:
            rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
        extra = dict.fromkeys(rows[0], "")
        pty, other = os.openpty()
        self.addCleanup(os.close, pty)
        self.addCleanup(os.close, other)
        os.chown(os.ttyname(other), self.user.pw_uid, -1)
        named = {**extra, "device": "named", "endpoint": f"snmp://localhost:{self.snmp_port}",
                 "profile": rows[0]["profile"] if "snmp" in rows[0]["endpoint"] else "apc-rpdu2",
                 "credential": "ro"}
        serial = {**extra, "device": "line", "profile": "eastron-sdm630", "endpoint":
                  f"modbus-rtu://{os.ttyname(other)}/1?baud=19200&parity=none"}
        with open(self.path("config", "devices.csv"), "w", encoding="utf-8", newline="") as f:
            out = csv.DictWriter(f, rows[0])
            out.writeheader()
            out.writerows(rows + [named, serial])
        daemon = self.start().ready()
        self.until_rows("PDU-R01-A", 3)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports.base + 2}/metrics",
                                    timeout=rmtest.DEADLINE_S) as answer:
            self.assertIn("rackmeter", answer.read().decode())
        self.assertTrue(os.read(pty, 1))  # the line's thread has asked
        # the name was resolved: what lacks is the device behind it
        self.until_db("named is silent", "SELECT cause = 'no answer' FROM v_device_state "
                      "WHERE device = 'named'")
        daemon.stop()


if __name__ == "__main__":
    rmtest.main(at_once=True, sanitized=False)
