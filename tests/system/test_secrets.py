#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Communities and passwords stand in credentials.yaml alone: not in the database, a log at its most
talkative, the metrics, a report, an export or what any command prints, whether they are right or not."""
import os
import re
import urllib.request

import rmtest

COMMUNITY, WRONG, AUTH, PRIV = "hush-community", "hush-wrong", "hush-auth-pass", "hush-priv-pass"
CREDENTIALS = f"""credentials:
  ro: {{version: 2c, community: {COMMUNITY}}}
  other: {{version: 2c, community: {WRONG}}}
  v3: {{version: 3, user: shown, auth: SHA, auth_password: {AUTH}, priv: AES, priv_password: {PRIV}}}
"""


class Secrets(rmtest.Case):
    def test_nowhere_else(self):
        self.hall("--racks", "2", "--every", "1s", "--no-bmcs")
        self.write("scene/scene", re.sub(r"( snmp \S+)( community \S+)?$", rf"\1 community {COMMUNITY}",
                                         self.read("scene/scene"), flags=re.M))
        self.simulator()
        self.write("config/credentials.yaml", CREDENTIALS, 0o600)
        yaml = self.read("config/rackmeter.yaml")
        self.write("config/rackmeter.yaml",
                   f"{yaml}\nlisten: {{metrics: 127.0.0.1:{self.ports.base + 2}}}\n")
        devices = self.read("config/devices.csv")
        for name, credential in ("PDU-R02-A", "other"), ("PDU-R02-B", "v3"):
            devices, n = re.subn(rf"^({name},[^,]+,[^,]+),ro,", rf"\1,{credential},", devices,
                                 flags=re.M)
            self.assertEqual(n, 1)
        self.write("config/devices.csv", devices)
        daemon = self.daemon("--log-level", "debug").ready()
        self.until_rows("PDU-R01-A", 3)
        self.until_db("the others are told", "SELECT count(*) = 2 FROM v_device_state WHERE device IN "
                      "('PDU-R02-A', 'PDU-R02-B') AND cause IS NOT NULL")
        daemon.reload()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports.base + 2}/metrics",
                                    timeout=rmtest.DEADLINE_S) as answer:
            told = [answer.read().decode()]
        endpoint = f"snmp://127.1.0.1:{self.snmp_port}"
        site = ("--dir", "config")
        for command in (
                ("check", "config", *site), ("config", "diff", *site), ("status", *site),
                ("report", "collector", *site, "--last", "1m", "--format", "json"),
                ("report", "site", *site, "--last", "1m", "--format", "html"),
                ("probe", endpoint, *site, "--credential", "ro", "--format", "json"),
                ("probe", endpoint, *site, "--credential", "v3", "--timeout", "1"),
                ("scan", endpoint, *site, "--output", "found.csv", "--timeout", "200ms"),
                ("db", "info", *site), ("db", "export", "--sqlite", "part.db", *site)):
            done = self.rackmeter(*command)
            self.assertTrue(done.out or done.err or command[0] == "scan", command)
            told.append(f"{command}\n{done.out}{done.err}")
        daemon.stop()
        for secret in (COMMUNITY, WRONG, AUTH, PRIV):
            for text in told:
                self.assertNotIn(secret, text)
            self.assertEqual(self.found(secret) - {"scene/scene"}, {"config/credentials.yaml"})

    def found(self, secret):
        """The files of the test's folder that hold it."""
        holds = set()
        for folder, _, names in os.walk(self.dir):
            for name in names:
                path = os.path.join(folder, name)
                if not os.path.isfile(path):
                    continue
                with open(path, "rb") as f:
                    if secret.encode() in f.read():
                        holds.add(os.path.relpath(path, self.dir))
        return holds


if __name__ == "__main__":
    rmtest.main()
