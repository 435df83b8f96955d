#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""README's first steps are what the programs print: five commands from an empty folder to a report,
against simulated PDUs. `test_readme.py --update` writes what they print now into README.md; the
test compares. Addresses are shown as 10.1.0.x, ports as the usual ones, and times of a run are not
compared. Fixtures whose serial numbers were taken out get others."""
import os
import pty
import re
import shlex
import subprocess
import sys

import rmtest

README = os.path.join(rmtest.SOURCE, "README.md")
BEGIN, END = "<!-- first steps: tests/system/test_readme.py --update -->\n", "<!-- end -->\n"
DEVICES = {  # name, fixture
    "pdu-r01-a": "apc-rpdu2", "pdu-r01-b": "raritan-px2", "pdu-r02-a": "sentry4",
    "pdu-r02-b": "eaton-epdu", "bmc-r01-01": "dell-idrac"}
STEPS = ("rackmeter init my-site",
         "rackmeter scan 10.1.0.0/28 --dir my-site --output my-site/devices.csv",
         "rackmeter check config --dir my-site",
         "rackmeterd --dir my-site &",
         "rackmeter report meters --dir my-site --last 15m")
SYSNAME = "1.3.6.1.2.1.1.5.0"


class Readme(rmtest.Case):
    def scene(self):
        lines = []
        for i, (name, fixture) in enumerate(DEVICES.items(), 1):
            with open(os.path.join(rmtest.FIXTURES, "devices", fixture + ".csv"),
                      encoding="utf-8") as f:
                rows = [row for row in f if not row.startswith(SYSNAME + ",")]
            rows.append(f"{SYSNAME},string,{name},,,,,SNMPv2-MIB sysName\n")
            self.write(f"scene/{name}.csv",
                       "".join(rows).replace("REDACTED", f"SN{70330 + 7 * i}"))
            lines.append(f"device 127.1.0.{i} snmp {name}.csv\n")
        return self.write("scene/scene", "".join(lines))

    def here(self, text):
        """A command as it is typed for the simulator."""
        words = shlex.split(text.replace("10.1.0.", "127.1.0.").rstrip("& "))
        words[0] = os.path.join(rmtest.BUILD, "collector", words[0])
        if words[1] == "scan":
            words += ["--port", str(self.snmp_port), "--timeout", "300ms"]
        return words

    def shown(self, text):
        """What it printed, as it would be at a site."""
        text = re.sub(r".*\r(?!\n)|\x1b\[[\d;?]*[a-zA-Z]", "", text).replace("\r\n", "\n")
        text = re.sub(r":%d\b| --port \d+ --timeout 300ms" % self.snmp_port, "", text)
        return text.replace("127.1.0.", "10.1.0.")

    def terminal(self, words):
        """What a person would see: some lines are for terminals only."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(words, cwd=self.dir, env={**self.env, "TERM": "dumb"},
                              stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as program:
            os.close(theirs)
            text = b""
            while True:
                try:
                    got = os.read(ours, 65536)
                except OSError:  # EIO: the other side was closed
                    break
                if not got:
                    break
                text += got
            os.close(ours)
            self.assertEqual(program.wait(), 0, text)
        return self.shown(text.decode())

    def run_steps(self):
        rmtest.Simulator(self, self.scene(), self.snmp_port, self.modbus_port)
        shown = []
        for step in STEPS:
            if step.endswith("&"):
                daemon = self.daemon(config="my-site").ready()
                said = self.shown(daemon.log())
                for name in DEVICES:
                    self.until_rows(name, 1)
            else:
                said = self.terminal(self.here(step))
            if " init " in step:  # every second, so that the test takes few of them
                self.write("my-site/rackmeter.yaml", re.sub(
                    "^(  default|  group): 10s", r"\1: 1s", self.read("my-site/rackmeter.yaml"),
                    flags=re.M))
            shown.append(f"$ {step}\n{said}")
        daemon.stop()
        return "".join(shown)

    @property
    def db(self):
        return self.path("my-site", "rackmeter.db")

    def daemon(self, *arguments, config=None, **how):
        return rmtest.Daemon(self, config, *arguments, cwd=self.dir, **how)

    def test_first_steps(self):
        shown = f"```\n{self.run_steps()}```\n"
        with open(README, encoding="utf-8") as f:
            readme = f.read()
        before, rest = readme.split(BEGIN)
        block, after = rest.split(END)
        if os.environ.get("RACKMETER_UPDATE"):
            with open(README, "w", encoding="utf-8") as f:
                f.write(before + BEGIN + shown + END + after)
            return

        def timeless(text):
            text = re.sub(r"devices.csv:\d+", "devices.csv:n", text)  # rows come as devices answer
            text = re.sub(r"\d{4}-\d\d-\d\d\s+\d\d:\d\d:\d\d", "T", text)
            return re.sub(r" +", " ", re.sub(r"\(\d+ s\)", "(n s)", text)).replace("\n UTC", " UTC")
        self.assertEqual(timeless(shown), timeless(block), "run test_readme.py --update")


if __name__ == "__main__":
    if "--update" in sys.argv:
        sys.argv.remove("--update")
        os.environ["RACKMETER_UPDATE"] = "1"
    rmtest.main(sanitized=False)
