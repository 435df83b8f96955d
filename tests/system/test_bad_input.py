#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What people and devices get wrong: one clear line with the place, a status that says so, and a
daemon that goes on where one device is at fault."""
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import unittest

import rmtest

# name: (file, what is written for what, where it must be told, words that must be in the line)
MISTAKES = {
    "wrong YAML key": ("rackmeter.yaml", "zone: UTC", "zome: UTC", r"rackmeter\.yaml:4", ["zome"]),
    "YAML that is none": ("rackmeter.yaml", "boundary:", "boundary: [", r"rackmeter\.yaml:\d+", []),
    "unknown zone": ("rackmeter.yaml", "zone: UTC", "zone: Mars/Olympus", r"rackmeter\.yaml:4",
                     ["Mars/Olympus"]),
    "a word for a number": ("racks.csv", ",16,34,", ",sixteen,34,", r"racks\.csv:2", ["sixteen"]),
    "unknown redundancy": ("racks.csv", ",2N,", ",3N,", r"racks\.csv:2", ["3N"]),
    "a cell too many": ("devices.csv", "R01-A,it_in,", "R01-A,it_in,1,1,1,1,1,1,1,1,",
                        r"devices\.csv:2", ["cells"]),
    "cells too few": ("circuits.csv", "UPS-1,ups,,H1,UTIL-1,", "UPS-1,ups,H1,UTIL-1,",
                      r"circuits\.csv:\d+", ["cells"]),
    "a column's name misspelt": ("circuits.csv", "circuit,", "circiut,", r"circuits\.csv:1",
                                 ["circiut", "circuit"]),
    "an unknown column": ("racks.csv", "rack,hall,", "rack,hal,", r"racks\.csv:1", ["hal"]),
    "unknown profile": ("devices.csv", ",apc-rpdu2,", ",apc-rpdu22,", r"devices\.csv:2",
                        ["apc-rpdu22", '"apc-rpdu2"']),
    "unknown rack": ("devices.csv", ",R01,R01-A,", ",R77,R01-A,", r"devices\.csv:2", ["R77"]),
    "unknown circuit": ("devices.csv", ",R01,R01-A,", ",R01,R01-X,", r"devices\.csv:2", ["R01-X"]),
    "unknown credential": ("devices.csv", "apc-rpdu2,ro,", "apc-rpdu2,rw,", r"devices\.csv:2", ["rw"]),
    "duplicate endpoint": ("devices.csv", "snmp://127.1.0.2:", "snmp://127.1.0.1:",
                           r"devices\.csv:3", ["PDU-R01-A"]),
    "not an endpoint": ("devices.csv", "snmp://127.1.0.1:", "snpm://127.1.0.1:", r"devices\.csv:2",
                        ["snpm"]),
    "nothing meters the role": ("devices.csv", "UPS-1,ups_out,", "UPS-1,other,",
                                r"(rackmeter\.yaml|devices\.csv):\d+", ["ups_out"]),
    "a meter path with a hole": ("circuits.csv", "H1,UPS-1,", "H1,UTIL-1,",
                                 r"(racks|circuits|rackmeter|devices)\.\w+:\d+", ["BUS-1A", "ups_out"]),
    "a meter counted twice": ("devices.csv", ",COOL-1,cooling,", ",BUS-1A,ups_out,",
                              r"devices\.csv:\d+", ["UPS-1-M", "COOL-1-M"]),
    "a circle of circuits": ("circuits.csv", "UPS-1,ups,,H1,UTIL-1,", "UPS-1,ups,,H1,BUS-1A,",
                             r"circuits\.csv:\d+", ["UPS-1", "BUS-1A"]),
    "a broken byte": ("racks.csv", b"blue", b"bl\xfce", r"racks\.csv:2", ["UTF-8"]),
}


class BadInput(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.hall("--racks", "2", "--rows", "1", "--every", "1s", "--no-bmcs")

    def start_fails(self, status, *words, **how):
        daemon = self.daemon("--run-for", "2", **how)
        self.assertEqual(daemon.wait(), status, daemon.log())
        self.told(daemon.log(), *words)
        return daemon.log()

    def told(self, text, *words):
        """One line holds all the words, and no line tells of the program's inside."""
        self.assertTrue([line for line in text.split("\n") if all(w in line for w in words)],
                        f"no line with {words} in:\n{text}")
        for inside in ("Assertion", "AddressSanitizer", "runtime error", "ThreadSanitizer"):
            self.assertNotIn(inside, text)

    # ---- files ---------------------------------------------------------------

    def test_mistakes(self):
        shutil.copytree(self.path("config"), self.path("good"))
        for name, (file, good, bad, where, words) in MISTAKES.items():
            with self.subTest(name):
                shutil.rmtree(self.path("config"))
                shutil.copytree(self.path("good"), self.path("config"))
                good, bad = [x if isinstance(x, bytes) else x.encode() for x in (good, bad)]
                with open(self.path("config", file), "rb") as f:
                    text = f.read()
                self.assertIn(good, text)
                self.write(f"config/{file}", text.replace(good, bad, 1))
                done = self.rackmeter("check", "config", "--dir", self.path("config"))
                self.assertEqual(done.status, 1, done)
                errors = [line for line in (done.out + done.err).split("\n") if ": error: " in line]
                self.assertTrue([line for line in errors if re.match(where + "[: ]", line) and
                                 all(w in line for w in words)], f"{where} {words} in:\n{done}")
                self.assertLessEqual(len(errors), 2, f"one mistake, many errors:\n{done}")
                self.told(str(done), ": error: ")
                daemon = self.daemon("--check")
                self.assertEqual(daemon.wait(), 1, daemon.log())
                self.assertRegex(daemon.log(), where)

    def test_spreadsheet(self):
        """A BOM, semicolons, CRLF and decimal commas are what a spreadsheet makes: accepted."""
        text = self.read("config/racks.csv").replace(",16,34,", ",16.5,34.25,")
        rows = [line.replace(",", ";").replace(".", ",") for line in text.split("\n")]
        self.write("config/racks.csv", b"\xef\xbb\xbf" + "\r\n".join(rows).encode())
        done = self.rackmeter("check", "config", "--dir", self.path("config"))
        self.assertEqual(done.status, 0, done)
        self.daemon("--run-for", "1").wait()
        self.assertEqual(self.rows("SELECT DISTINCT budget_w, nameplate_w FROM v_rack"),
                         [(16500.0, 34250.0)])

    def test_credentials(self):
        os.chmod(self.path("config", "credentials.yaml"), 0o644)
        done = self.rackmeter("check", "config", "--dir", self.path("config"))
        self.assertEqual(done.status, 1, done)
        self.told(done.out + done.err, "credentials.yaml", "chmod 600")
        self.start_fails(1, "credentials.yaml", "chmod 600")
        os.unlink(self.path("config", "credentials.yaml"))
        self.start_fails(1, "credentials.yaml", "missing")

    def test_no_configuration(self):
        self.start_fails(1, "nowhere: 1 error; not started", config=self.path("nowhere"))

    # ---- the database --------------------------------------------------------

    def test_newer_database(self):
        self.daemon("--run-for", "1").wait()
        db = sqlite3.connect(self.db)
        db.execute("PRAGMA user_version = 9999")
        db.close()
        self.start_fails(2, "rackmeter.db", "newer")
        for command in (("status",), ("report", "pue"), ("report", "racks")):
            done = self.rackmeter(*command, "--db", self.db)
            self.assertNotEqual(done.status, 0, done)
            self.told(done.err, "rackmeter.db", "newer")
        db = sqlite3.connect(self.db)
        self.assertEqual(db.execute("PRAGMA user_version").fetchone(), (9999,))
        db.close()

    def test_not_a_database(self):
        text = "Notes of the shift: all quiet.\n" * 100
        self.write("rackmeter.db", text)
        self.start_fails(2, "rackmeter.db")
        done = self.rackmeter("report", "pue", "--db", self.db)
        self.assertEqual(done.status, 1, done)
        self.told(done.err, "rackmeter.db")
        self.assertEqual(self.read("rackmeter.db"), text, "somebody's file was changed")

    def test_foreign_database(self):
        db = sqlite3.connect(self.db)
        db.execute("CREATE TABLE song (title TEXT)")
        db.commit()
        db.close()
        self.start_fails(2, "rackmeter.db")
        db = sqlite3.connect(self.db)
        self.assertEqual(db.execute("SELECT name FROM sqlite_master").fetchall(), [("song",)])
        db.close()

    def test_directory_not_writable(self):
        wrapper = ()
        if os.geteuid() == 0:
            if not shutil.which("setpriv"):
                raise unittest.SkipTest("root may write everywhere and there is no setpriv")
            wrapper = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
            if subprocess.run([*wrapper, "test", "-x", rmtest.RACKMETERD, "-a", "-r",
                               os.path.join(rmtest.PROFILES, "apc-rpdu2.yaml")],
                              check=False).returncode:
                raise unittest.SkipTest("another user cannot reach the programs")
        for name in os.listdir(self.path("config")):
            os.chown(self.path("config", name), 65534 if wrapper else -1, -1)
        os.makedirs(self.path("state"))
        os.chmod(self.path("state"), 0o555)
        os.chmod(self.dir, 0o777)
        text = self.read("config/rackmeter.yaml")
        self.write("config/rackmeter.yaml",
                   text.replace("../rackmeter.db", "../state/rackmeter.db"))
        self.start_fails(2, "state/rackmeter.db", "ermi", wrapper=wrapper)

    def test_second_daemon(self):
        first = self.daemon().ready()
        self.start_fails(2, "rackmeter.db", str(first.pid))
        self.assertIsNone(first.popen.poll())
        first.stop()

    # ---- devices -------------------------------------------------------------

    def garbage_servers(self):
        """A UDP and a TCP port that answer whatever comes with what is no protocol at all."""
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = self.ports.base + 2
        udp.bind(("127.0.0.1", port))
        tcp.bind(("127.0.0.1", port))
        tcp.listen()
        junk = bytes((i * 89 + 7) & 255 for i in range(300))
        stopping = threading.Event()

        def answer_udp():
            while not stopping.is_set():
                data, sender = udp.recvfrom(65536)
                if data:
                    udp.sendto(junk, sender)
            udp.close()

        def answer_tcp():
            while not stopping.is_set():
                peer, _ = tcp.accept()
                with peer:
                    try:
                        if peer.recv(65536):
                            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + junk)
                    except OSError:
                        pass
            tcp.close()

        def stop():
            stopping.set()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.sendto(b"", ("127.0.0.1", port))
            socket.create_connection(("127.0.0.1", port)).close()
            for t in threads:
                t.join(10)
        threads = [threading.Thread(target=t, daemon=True) for t in (answer_udp, answer_tcp)]
        for t in threads:
            t.start()
        self.addCleanup(stop)
        return port

    def test_garbage(self):
        port = self.garbage_servers()
        text = self.read("config/devices.csv")
        text = re.sub(r"(PDU-R01-A,snmp://)[^,]*", rf"\g<1>127.0.0.1:{port}", text)
        text = re.sub(r"(COOL-1-M,modbus://)[^,]*", rf"\g<1>127.0.0.1:{port}/1", text)
        self.write("config/devices.csv", text)
        self.simulator()
        daemon = self.daemon().ready()
        for name in ("PDU-R01-B", "PDU-R02-A", "UPS-1-M"):
            self.until_rows(name, 4)
        for name in ("PDU-R01-A", "COOL-1-M"):
            self.until_db(f"{name} is found faulty", "SELECT state IN ('suspect', 'dormant') AND "
                          "cause IN ('malformed answer', 'disconnected', 'answer to another request')"
                          " FROM v_device_state WHERE device = ?", name)
            self.assertEqual(self.value("SELECT count(*) FROM v_reading WHERE entity = ?", name), 0)
            self.told(daemon.log(), name, f"127.0.0.1:{port}")
        daemon.stop()
        for endpoint, profile in ((f"snmp://127.0.0.1:{port}", "apc-rpdu2"),
                                  (f"modbus://127.0.0.1:{port}/1", "eastron-sdm630")):
            done = self.rackmeter("probe", endpoint, "--profile", profile, "--timeout", "1")
            self.assertEqual(done.status, 1, done)
            self.told(done.err, endpoint)
            self.assertEqual(len(done.err.strip().split("\n")), 1, done)


if __name__ == "__main__":
    rmtest.main()
