#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What timers and cron lines run: reports of the period that is over as files and messages, checks
that tell a change once, and messages that wait for a mail server that is away."""
import datetime
import os
import re
import subprocess

import rmtest

PERIODIC = os.path.join(rmtest.BUILD, "packaging", "systemd", "periodic")
CRON = os.path.join(rmtest.BUILD, "packaging", "systemd", "rackmeter.cron")
# The real program, only later; check says what the test wants.
PROGRAM = """#!/bin/sh
if [ "$1" = check ]; then
	read -r code text <"{dir}/check-$2"
	printf '%s\\n' "$text"
	exit "$code"
fi
exec {rackmeter} "$@" --db "{db}" --now "$NOW"
"""


class Periodic(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.write("rackmeter", PROGRAM.format(dir=self.dir, rackmeter=rmtest.RACKMETER,
                                               db=self.db), 0o755)
        self.write("sendmail", f'#!/bin/sh\n[ ! -e "{self.dir}/away" ] || exit 75\n'
                               f'echo "args $*" >>"{self.dir}/sent"\ncat >>"{self.dir}/sent"\n',
                   0o755)
        self.env.update(STATE_DIRECTORY=self.path("state"), NOW="now",
                        RACKMETER_PERIODIC=self.path("periodic.conf"))
        os.mkdir(self.path("state"))

    def settings(self, **values):
        values = {"RACKMETER": self.path("rackmeter"), "SENDMAIL": self.path("sendmail"), **values}
        self.write("periodic.conf", "".join(f'{k}="{v}"\n' for k, v in values.items()))

    def periodic(self, what, status=0, **env):
        done = self.rackmeter(PERIODIC, what, env=env, program="/bin/sh")
        self.assertEqual(done.status, status, done)
        return done

    def files(self, folder):
        path = self.path("state", folder)
        return sorted(n for n in os.listdir(path) if n[0] != ".") if os.path.isdir(path) else []

    def test_reports(self):
        self.hall("--racks", "2", "--every", "1s", "--story")
        self.simulator()
        daemon = self.daemon().ready()
        self.until_rows("PDU-R01-A", 4)
        daemon.stop()
        today = datetime.datetime.fromtimestamp(self.last_ts(), datetime.timezone.utc).date()
        next_week = today + datetime.timedelta(days=7 - today.weekday())
        next_month = (today.replace(day=1) + datetime.timedelta(days=32)).replace(day=1)
        self.settings(DAILY="site", WEEKLY="racks", MONTHLY="pue energy", FORMS="html csv",
                      MAIL="ops@example.org", ISSUE="yes")
        for what, day in (("daily", today + datetime.timedelta(days=1)), ("weekly", next_week),
                          ("monthly", next_month)):
            self.periodic(what, NOW=f"{day}T06:00Z")
        week = today.strftime("%G-W%V")
        names = [f"energy-{today:%Y-%m}", f"pue-{today:%Y-%m}", f"racks-{week}", f"site-{today}"]
        self.assertEqual(self.files("reports"), [f"{n}.{e}" for n in names for e in ("csv", "html")])
        self.assertIn("<!doctype html>", self.read(f"state/reports/{names[0]}.html").lower())
        self.assertEqual(self.files("outbox"), [n + ".eml" for n in names])
        self.assertEqual(self.value("SELECT count(*) FROM issued"), 2)
        # the mail server is away: nothing is lost; then each is sent once
        self.write("away", "")
        done = self.periodic("mail", 1)
        self.assertIn("is tried again next time", done.err)
        self.assertEqual(len(self.files("outbox")), 4)
        os.unlink(self.path("away"))
        self.periodic("mail")
        self.periodic("mail")
        self.assertEqual(self.files("outbox"), [])
        sent = self.read("sent")
        self.assertEqual(len(re.findall(r"^args -t -i$", sent, re.M)), 4)
        self.assertEqual(len(re.findall(r"^To: ops@example.org$", sent, re.M)), 4)

    def test_nothing_stored(self):
        """A report that cannot be made: its own words, status 1, no file."""
        self.settings(DAILY="site racks")
        done = self.periodic("daily", 1, NOW="2026-11-27T06:00Z")
        self.assertEqual(done.err.count("start rackmeterd"), 2, done)
        self.assertEqual(self.files("reports"), [])

    def check(self, **states):
        """What is said of each check, the status, and the new messages."""
        worst = 0
        for name, code in states.items():
            self.write(f"check-{name}", f"{code} {name.upper()} as told {code}")
        worst = next(c for c in (2, 1, 3, 0) if c in states.values())
        before = set(self.files("outbox"))
        done = self.periodic("check", worst)
        self.assertEqual(len(done.out.splitlines()), len(states))
        return [self.read(f"state/outbox/{n}") for n in self.files("outbox") if n not in before]

    def test_checks(self):
        self.settings(CHECKS="racks thermal", MAIL="ops@example.org", MAIL_FROM="rm@example.org")
        self.assertEqual(self.check(racks=0, thermal=0), [])
        told, = self.check(racks=2, thermal=0)
        self.assertIn("\nSubject: rackmeter: racks CRITICAL (was OK)\n", told)
        self.assertTrue(told.startswith("From: rm@example.org\nTo: ops@example.org\n"))
        self.assertTrue(told.endswith("\n\nRACKS as told 2\n\nTHERMAL as told 0\n\n"), told)
        self.assertEqual(self.check(racks=2, thermal=0), [])
        for name in self.files("outbox"):  # messages of one second have one name
            os.unlink(self.path("state", "outbox", name))
        told, = self.check(racks=1, thermal=3)
        self.assertIn("racks WARNING (was CRITICAL), thermal UNKNOWN (was OK)", told)

    def test_wrong(self):
        self.settings(MAIL_WHEN="often")
        self.assertIn("write needed or always", self.periodic("daily", 64).err)
        self.settings(ISSUE="1")
        self.assertIn("write yes or no", self.periodic("daily", 64).err)
        self.settings()
        self.assertIn("usage", self.periodic("hourly", 64).err)

    def test_cron_lines(self):
        """Each runs in a shell as cron would, and there is one per timer."""
        self.settings(DAILY="", CHECKS="")
        with open(CRON, encoding="utf-8") as f:
            lines = [line for line in f if re.match(r"[\d*]", line)]
        self.assertEqual(len(lines), 4)
        for line in lines:
            fields = line.split(None, 6)
            self.assertEqual(fields[5], "rackmeter")
            done = subprocess.run(["/bin/sh", "-c", fields[6].replace("logger -t rackmeter", "cat")],
                                  env={**self.env, "PERIODIC": PERIODIC}, capture_output=True,
                                  text=True, check=False)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


if __name__ == "__main__":
    rmtest.main(sanitized=False)
