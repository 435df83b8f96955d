#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""SNMPv3 against net-snmp's snmpd, which nobody here wrote: every combination of protocols, a
context, wrong credentials, restarts that keep, lose and forget what an agent should store."""
import csv
import io
import os
import shutil
import signal
import socket
import subprocess
import sys

import rmtest

AUTHS = ["MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"]
PRIVS = ["DES", "AES", "AES-192", "AES-256", "AES-192-C", "AES-256-C"]
POWER_W, OUTLET_W = 4321, (101, 202, 303)
ROOT = "1.3.6.1.4.1.8072.9999"

PROFILE = f"""# SPDX-License-Identifier: Apache-2.0
profile: snmpd-test
title: snmpd with values of its own
vendor: net-snmp
category: rack_pdu
protocol: snmp
oid: {ROOT}
document: test
identify:
  - sysobjectid: {ROOT}
points:
  - {{power_w: .1.0, part: main, main: true, source: power}}
  - oid: .2.1
    index: outlet
    part: outlet {{outlet}}
    points:
      - {{power_w: .2, source: outletPower}}
"""


def name_of(auth, priv):
    return "-".join(["u", auth or "none", priv or "none"]).lower()


COMBINATIONS = [(None, None)] + [(a, p) for a in AUTHS for p in [None] + PRIVS]


def credential(name, user, auth=None, priv=None, auth_password="auth-secret",
               priv_password="priv-secret", context=None):
    keys = {"version": "3", "user": user}
    if auth:
        keys.update(auth=auth, auth_password=auth_password)
    if priv:
        keys.update(priv=priv, priv_password=priv_password)
    if context:
        keys["context"] = context
    return f"  {name}: {{{', '.join(f'{k}: {v}' for k, v in keys.items())}}}\n"


def contents(ber):
    """The contents of the TLVs that stand one after the other."""
    found, at = [], 0
    while at < len(ber):
        n, at = ber[at + 1], at + 2
        if n & 0x80:
            n, at = int.from_bytes(ber[at:at + (n & 0x7f)], "big"), at + (n & 0x7f)
        found.append(ber[at:at + n])
        at += n
    return found


def tlv(tag, *inside):
    data = b"".join(inside)
    return bytes([tag, len(data)]) + data


NOTHING, ZERO = tlv(4), tlv(2, b"\0")
# RFC 3414, section 4: no user, no security, no varbinds
PROBE = tlv(0x30, tlv(2, b"\3"),
            tlv(0x30, tlv(2, b"\1"), tlv(2, b"\x10\0"), tlv(4, b"\4"), tlv(2, b"\3")),
            tlv(4, tlv(0x30, NOTHING, ZERO, ZERO, NOTHING, NOTHING, NOTHING)),
            tlv(0x30, NOTHING, NOTHING, tlv(0xa0, tlv(2, b"\1"), ZERO, ZERO, tlv(0x30))))


class Agent(rmtest.Process):
    """An snmpd with its own address, configuration and memory of engine id and boots."""

    def __init__(self, case, addresses, port, more="", power_w=POWER_W):
        self.case, self.port, self.more, self.power_w = case, port, more, power_w
        self.addresses, self.address = addresses, addresses[0]
        self.endpoint = f"snmp://{self.address}:{port}"
        self.memory = case.path(f"snmpd-{self.address}")
        self.start()

    def start(self):
        os.makedirs(self.memory, exist_ok=True)
        listen = ",".join(f"udp:{a}:{self.port}" for a in self.addresses)
        config = [f"agentaddress {listen}", f"sysObjectID .{ROOT}",
                  f"override .{ROOT}.1.0 integer {self.power_w}"]
        config += [f"override .{ROOT}.2.1.2.{i} integer {w}" for i, w in enumerate(OUTLET_W, 1)]
        for auth, priv in COMBINATIONS:
            user, level = name_of(auth, priv), "priv" if priv else "auth" if auth else "noauth"
            keys = (f" {auth} auth-secret" if auth else "") + (f" {priv} priv-secret" if priv else "")
            config += [f"createUser {user}{keys}", f"rouser {user} {level}"]
        path = self.case.write(f"snmpd-{self.address}.conf", "\n".join(config) + "\n" + self.more)
        # Not -C: it would also keep snmpd from reading what it stored.
        super().__init__(self.case, "snmpd", ["snmpd", "-f", "-Lo", "-m", "", "-c", path],
                         env={"SNMP_PERSISTENT_DIR": self.memory, "MIBS": "",
                              "SNMPCONFPATH": self.memory})
        rmtest.until(f"snmpd answers at {self.address}", self.answers)

    def answers(self):
        """What it says to a probe: (engine id, boots); None: nothing."""
        if self.popen.poll() is not None:
            raise AssertionError(f"snmpd has ended:\n{self.log()}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.sendto(PROBE, (self.address, self.port))
            try:
                report = s.recv(4096)
            except OSError:
                return None
        message = contents(contents(report)[0])
        engine_id, boots = contents(contents(message[2])[0])[:2]
        return engine_id, int.from_bytes(boots, "big")

    def stop(self):
        self.signal(signal.SIGTERM)
        self.wait()


class SnmpV3(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.write("profiles/snmpd-test.yaml", PROFILE)
        self.env["RACKMETER_PROFILES"] = self.path("profiles")

    def site(self, credentials, devices=()):
        """devices: (name, endpoint, credential)"""
        self.write("config/rackmeter.yaml",
                   "version: 1\nsite: v3\nzone: UTC\ndatabase: ../rackmeter.db\n"
                   "credentials: credentials.yaml\nintervals: {default: 1s, group: 1s}\n")
        self.write("config/credentials.yaml", "credentials:\n" + "".join(credentials), mode=0o600)
        self.write("config/racks.csv", "rack,budget_kw\nR01,20\n")
        self.write("config/devices.csv", "device,endpoint,profile,credential,rack,role,use\n" +
                   "".join(f"{n},{e},snmpd-test,{c},R01,,none\n" for n, e, c in devices))

    def probe(self, agent, name, *more):
        return self.rackmeter("probe", agent.endpoint, "--credential", name, "--dir",
                              self.path("config"), "--timeout", "10s", *more)

    def agent(self, *hosts, **how):
        return Agent(self, [f"127.9.{self.ports.base // 8 % 250}.{h}" for h in hosts or [1]],
                     self.snmp_port, **how)

    def test_every_combination(self):
        self.site([credential(name_of(a, p), name_of(a, p), a, p) for a, p in COMBINATIONS])
        agent = self.agent()
        for auth, priv in COMBINATIONS:
            with self.subTest(auth=auth, priv=priv):
                done = self.probe(agent, name_of(auth, priv), "--format", "csv")
                self.assertEqual(done.status, 0, done)
                values = [row["value"] for row in csv.DictReader(io.StringIO(done.out))]
                self.assertEqual([int(v) for v in values], [POWER_W, *OUTLET_W], done.out)

    def test_wrong_credentials(self):
        best = name_of("SHA-256", "AES")
        self.site([credential("auth", best, "SHA-256", "AES", auth_password="auth-wrong"),
                   credential("hash", best, "SHA-512", "AES"),
                   credential("priv", best, "SHA-256", "AES", priv_password="priv-wrong"),
                   credential("cipher", best, "SHA-256", "AES-256"),
                   credential("user", "nobody", "SHA-256", "AES"),
                   credential("level", best, "SHA-256"),
                   credential("more", name_of("SHA-256", None), "SHA-256", "AES")])
        agent = self.agent()
        for name, text in (("auth", "authentication failed"), ("hash", "authentication failed"),
                           ("priv", "authentication failed"), ("cipher", "authentication failed"),
                           ("user", "unknown user"), ("more", "authentication failed"),
                           ("level", "")):
            with self.subTest(name):
                done = self.probe(agent, name)
                self.assertEqual(done.status, 1, done)
                self.assertIn(text, done.err)
                for secret in ("auth-secret", "priv-secret", "auth-wrong", "priv-wrong"):
                    self.assertNotIn(secret, done.out + done.err)

    def test_context(self):
        """The agent of bay 2 stands behind that of bay 1, as context bay2."""
        best = name_of("SHA", "AES")
        credentials = [credential("bay1", best, "SHA", "AES"),
                       credential("bay2", best, "SHA", "AES", context="bay2"),
                       credential("bay3", best, "SHA", "AES", context="bay3")]
        behind = self.agent(2, more="rocommunity behind\n", power_w=77)
        proxy = f"proxy -Cn bay2 -v 2c -c behind {behind.address}:{behind.port} "
        front = self.agent(1, more=f"{proxy} .{ROOT}\n{proxy} .1.3.6.1.2.1.1\n")
        self.site(credentials, [(n, front.endpoint, n) for n in ("bay1", "bay2")])
        self.assertIn(f",{POWER_W},", self.probe(front, "bay1", "--format", "csv").out)
        done = self.probe(front, "bay2", "--format", "csv")
        self.assertEqual(done.status, 0, done)
        self.assertIn(",77,", done.out)
        self.assertEqual(self.probe(front, "bay3").status, 1)
        rmd = self.daemon().ready()
        self.goes_on("bay1", "bay2")
        self.assertEqual(sorted(self.rows("""SELECT entity, value FROM v_latest WHERE
            quantity = 'power_w' AND part = 'main'""")), [("bay1", POWER_W), ("bay2", 77)])
        rmd.stop()

    # ---- the daemon ----------------------------------------------------------

    def gaps_after(self, device, ts):
        return self.rows("SELECT cause, from_ts, to_ts FROM v_gap WHERE entity = ? AND "
                         "(to_ts IS NULL OR to_ts > ?)", device, ts)

    def goes_on(self, *devices):
        now = self.last_ts()
        for device in devices:
            self.until_rows(device, 3, after=now)

    def test_restarts(self):
        users = {"A": ("SHA-256", "AES"), "B": ("MD5", "DES"), "C": ("SHA-512", None),
                 "D": (None, None)}
        agent = self.agent(*range(1, 1 + len(users)))
        self.site([credential(n, name_of(a, p), a, p) for n, (a, p) in users.items()],
                  [(n, f"snmp://{address}:{agent.port}", n)
                   for n, address in zip(users, agent.addresses)])
        rmd = self.daemon().ready()
        self.goes_on(*users)
        engine_id, boots = agent.answers()

        with self.subTest("it keeps its id and counts its boots"):
            agent.stop()
            agent.start()
            self.assertEqual(agent.answers(), (engine_id, boots + 1))
            self.goes_on(*users)
        with self.subTest("it forgets all: another id"):
            agent.stop()
            shutil.rmtree(agent.memory)
            agent.start()
            self.assertNotEqual(agent.answers()[0], engine_id)
            self.goes_on(*users)
        with self.subTest("a fixed id, and boots that grow by more than one"):
            agent.more = "engineID rack-pdu-one\n"
            agent.stop()
            agent.start()
            self.goes_on("A")
            for _ in range(2):
                agent.stop()
                agent.start()
            engine_id, boots = agent.answers()
            self.assertGreater(boots, 2)
            self.goes_on(*users)
        with self.subTest("the same id, its boots lost"):
            agent.stop()
            shutil.rmtree(agent.memory)
            agent.start()
            self.assertEqual(agent.answers()[0], engine_id)
            self.assertLess(agent.answers()[1], boots)
            self.goes_on(*users)
        self.assertEqual(self.rows("SELECT DISTINCT cause FROM v_gap WHERE cause LIKE '%time%' OR "
                                   "cause LIKE '%authent%' OR cause LIKE '%user%'"), [])
        with open(self.db, "rb") as f:
            stored = f.read()
        for text in (stored, rmd.log().encode()):
            self.assertNotIn(b"auth-secret", text)
            self.assertNotIn(b"priv-secret", text)
        rmd.stop()

    def test_causes_are_stored(self):
        agent = self.agent(1, 2, 3)
        best = name_of("SHA-256", "AES")
        devices = [(n.upper(), f"snmp://{address}:{agent.port}", n)
                   for n, address in zip(("good", "auth", "user"), agent.addresses)]
        self.site([credential("good", best, "SHA-256", "AES"),
                   credential("auth", best, "SHA-256", "AES", auth_password="auth-wrong"),
                   credential("user", "nobody", "SHA-256", "AES")],
                  devices)
        rmd = self.daemon().ready()
        self.goes_on("GOOD")
        for device, text in (("AUTH", "authentication failed"), ("USER", "unknown user")):
            rmtest.until(f"the log tells of {device}", lambda d=device, t=text: any(
                d in line and t in line for line in rmd.log().split("\n")))
        # the password is corrected: a reload, and it is polled
        self.site([credential("good", best, "SHA-256", "AES"),
                   credential("auth", best, "SHA-256", "AES"),
                   credential("user", best, "SHA-256", "AES")],
                  devices)
        rmd.reload()
        self.goes_on("GOOD", "AUTH", "USER")
        rmd.stop()

    def test_twins(self):
        """Two agents with one engine id: both are named, and both are polled."""
        one, two = (self.agent(i, more="engineID cloned-image\n") for i in (1, 2))
        two.stop()
        two.start()  # its boots differ
        best = name_of("SHA-256", "AES")
        self.site([credential("v3", best, "SHA-256", "AES")],
                  [("ONE", one.endpoint, "v3"), ("TWO", two.endpoint, "v3")])
        rmd = self.daemon().ready()
        self.goes_on("ONE", "TWO")
        self.assertEqual(rmd.log().count("have the same SNMPv3 engine id"), 1, rmd.log())
        events = self.until_db("events of both", """SELECT count(DISTINCT entity) = 2 FROM v_event
            WHERE kind = 'engine_id'""")
        self.assertTrue(events)
        now = self.last_ts()
        self.goes_on("ONE", "TWO")
        self.assertEqual(self.gaps_after("ONE", now) + self.gaps_after("TWO", now), [])
        rmd.stop()


def main():
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    if not shutil.which("snmpd"):
        print("SKIPPED: snmpd is not installed (Debian: apt-get install snmpd)")
        sys.exit(rmtest.SKIPPED)
    subprocess.run(["snmpd", "-v"], check=True, stdout=subprocess.DEVNULL)
    rmtest.main()


if __name__ == "__main__":
    main()
