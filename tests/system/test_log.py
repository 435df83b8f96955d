#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""rackmeter log: a line that the daemon would refuse is not written, all other bytes of the file
stay, and the running daemon reads it."""
import os
import re
import stat
import subprocess
import threading

import rmtest

HEADER = "from,to,scope,id,kind,quantity,value,unit,ref,who,note\n"


class Log(rmtest.Case):
    def setUp(self):
        super().setUp()
        done = self.rackmeter("init", self.path("config"), "--rows", "1", "--per-row", "2")
        self.assertEqual(done.status, 0, done)
        yaml = self.read("config/rackmeter.yaml")
        self.write("config/rackmeter.yaml", re.sub(r"(?m)^zone:.*$", "zone: Europe/Berlin", yaml))

    def log(self, *arguments):
        return self.rackmeter("log", *arguments, "--dir", self.path("config"))

    def add(self, *arguments):
        return self.log("add", *arguments, "--no-reload")

    def test_add(self):
        os.chmod(self.path("config/devices.csv"), 0o640)
        done = self.add("planned", "circuit", "BUS-01-A", "--from", "2026-11-03T22:00", "--for",
                        "8h", "--ref", "CHG-1234", "--who", "fm", "--note", 'busway, "hot"')
        self.assertEqual((done.status, done.err), (0, ""), done)
        line = ('2026-11-03T22:00:00+01:00,2026-11-04T06:00:00+01:00,circuit,BUS-01-A,planned,,,,'
                'CHG-1234,fm,"busway, ""hot"""\n')
        self.assertEqual(self.read("config/log.csv"), HEADER + line)
        mode = stat.S_IMODE(os.stat(self.path("config/log.csv")).st_mode)
        self.assertEqual(mode, 0o640)  # as the other tables
        self.assertEqual(self.rackmeter("check", "config", "--dir", self.path("config")).status, 0)
        done = self.add("note", "site", "--from", "2026-03-29T03:10", "--to", "2026-03-29T04:00+02:00",
                        "--note", "x")
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.read("config/log.csv").count("\n"), 3)
        self.assertEqual([n for n in os.listdir(self.path("config")) if n.startswith("log.csv.")],
                         [])

    def test_format_kept(self):
        """Semicolons, CRLF, other order, a link: as they were."""
        os.mkdir(self.path("git"))
        text = "\ufeff# ours\r\nkind;scope;id;from;to;who;x_ours\r\n" \
               "note;site;;2026-01-01;2026-01-02;me;1\r\n"
        self.write("git/log.csv", text)
        os.symlink("../git/log.csv", self.path("config/log.csv"))
        done = self.add("planned", "rack", "R01-01", "--from", "2026-11-03T22:00", "--for", "1h",
                        "--who", "a;b")
        self.assertEqual(done.status, 0, done)
        with open(self.path("git/log.csv"), encoding="utf-8", newline="") as f:
            self.assertEqual(f.read(), text + "planned;rack;R01-01;2026-11-03T22:00:00+01:00;"
                             "2026-11-03T23:00:00+01:00;\"a;b\";\r\n")
        self.assertTrue(os.path.islink(self.path("config/log.csv")))
        done = self.add("note", "site", "--for", "1h", "--note", "no such column")
        self.assertEqual(done.status, 1)
        self.assertIn("no column note: add it to the header", done.err)

    def test_refused(self):
        to = ("--to", "2026-11-04T06:00+01:00")
        for arguments, status, word in (
                (("planned", "circuit", "BUS-01-A"), 2, "--for 8h"),
                (("planned", "circuit", "BUS-01-A", *to, "--for", "1h"), 2, "one of --to"),
                (("planned", "circuit", "BUS-01-A", "--from", "2026-10-25T02:30", *to), 2,
                 "2026-10-25T02:30:00+02:00"),
                (("planned", "circuit", "BUS-01-A", "--from", "2026-03-29T02:30", *to), 2,
                 "does not exist"),
                (("planned", "circuit", "BUS-01-A", "--from", "2026-12-01", *to), 1,
                 "not after 'from'"),
                (("planned", "circuit", "BUS-01-X", *to), 1, 'did you mean "BUS-01-'),
                (("planned", "rack", "R99", *to), 1, "R99"), (("planned", "hall", "H9", *to), 1, "H9"),
                (("planned", "row", "r9", *to), 1, "r9"), (("planned", "tenant", "t9", *to), 1, "t9"),
                (("planned", "circuit", *to), 1, "name the circuit"),
                (("planed", "site", *to), 1, "did you mean 'planned'"),
                (("bad", "channel", "PDU-R01-01-A", *to), 1, "DEVICE/PART"),
                (("bad", "channel", "PDU-R01-01-A/flux 1", *to), 1, "no part of that name"),
                (("factor", "device", "PDU-R01-01-A", *to), 1, "a factor is a number"),
                (("factor", "device", "PDU-R01-01-A", "--value", "0", *to), 1, "a factor is a number"),
                (("factor", "rack", "R01-01", "--value", "2", *to), 1, "write device or channel"),
                (("replaced", "device", "PDU-R01-01-A", "--value", "1204", *to), 1, "1204.6/0"),
                (("replaced", "device", "PDU-R01-01-A", "--value", "1/0", *to), 1, "unit: is empty"),
                (("estimate", "device", "PDU-R01-01-A", "--value", "x", *to), 1, "120 and kWh")):
            with self.subTest(arguments=arguments):
                if "--from" not in arguments:
                    arguments = (*arguments, "--from", "2026-11-01")
                done = self.add(*arguments)
                self.assertEqual(done.status, status, done)
                self.assertIn(word, done.err)
                self.assertFalse(os.path.exists(self.path("config/log.csv")))
        for arguments in (("frob",), ("list", "--from", "now"), ("add", "note", "site", "--all"),
                          ("end", "--for", "1h"), ("add", "note", "site", "a", "b", "--for", "1h")):
            self.assertEqual(self.log(*arguments).status, 2)

    def test_twice(self):
        span = ("--from", "2026-11-03T22:00", "--for", "8h")
        self.assertEqual(self.add("planned", "rack", "R01-01", *span).status, 0)
        before = self.read("config/log.csv")
        done = self.add("planned", "rack", "R01-01", *span)
        self.assertEqual(done.status, 1)
        self.assertIn("stands already in log.csv:2", done.err)
        self.assertEqual(self.read("config/log.csv"), before)

    def test_config_wrong_elsewhere(self):
        self.write("config/racks.csv", self.read("config/racks.csv") + "R77,H1\n")
        done = self.add("note", "site", "--for", "1h")
        self.assertEqual(done.status, 1)
        self.assertIn("racks.csv:", done.err)
        self.assertFalse(os.path.exists(self.path("config/log.csv")))

    def test_list_and_end(self):
        self.write("config/log.d/2026.csv", "from;to;scope;id;kind;ref\n"
                   "2026-11-03T22:00+01:00;2199-11-04;rack;R01-01;planned;CHG-7\n")
        self.add("planned", "site", "--from", "2020-01-01", "--to", "2020-01-02")
        self.add("planned", "circuit", "BUS-01-A", "--from", "2199-01-01", "--to", "2199-01-02")
        self.add("test", "rack", "R01-02", "--from", "2020-01-01", "--to", "2199-01-02")
        self.assertEqual(self.log("list").out.count("\n"), 2 + 1)
        self.assertEqual(self.log("list", "--all").out.count("\n"), 4)
        self.assertIn("coming", self.log("list", "planned", "circuit").out)
        self.assertIn("no entry like that", self.log("list", "--ref", "CHG-8").out)
        at = ("--at", "2026-11-04T01:00+01:00", "--no-reload")
        for arguments, word in (((), "are both meant"), (("planned", "circuit"), "has not begun"),
                                (("planned", "site"), "no such entry")):
            done = self.log("end", *arguments, *at)
            self.assertEqual(done.status, 1, done)
            self.assertIn(word, done.err)
        done = self.log("end", "--ref", "CHG-7", *at)
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.read("config/log.d/2026.csv"), "from;to;scope;id;kind;ref\n"
                         "2026-11-03T22:00+01:00;2026-11-04T01:00:00+01:00;rack;R01-01;planned;"
                         "CHG-7\n")

    def test_at_once(self):
        """Many at a time: each line is there once."""
        def one(i):
            results.append(self.add("note", "site", "--from", f"2026-11-0{i}", "--for", "1h"))
        results = []
        threads = [threading.Thread(target=one, args=(i,)) for i in range(1, 9)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([r.status for r in results], [0] * 8)
        self.assertEqual(sorted(line[:10] for line in self.read("config/log.csv").split("\n")[1:-1]),
                         [f"2026-11-0{i}" for i in range(1, 9)])

    def test_not_writable(self):
        if os.geteuid() == 0:
            self.skipTest("root may write everywhere")
        os.chmod(self.path("config"), 0o555)
        self.addCleanup(os.chmod, self.path("config"), 0o755)
        self.assertIn("cannot write", self.add("note", "site", "--for", "1h").err)


class Reload(rmtest.Case):
    def test_daemon(self):
        self.hall("--racks", "1", "--rows", "1", "--every", "1s", "--no-bmcs")
        self.simulator()
        daemon = self.daemon().ready()
        done = self.rackmeter("log", "add", "planned", "rack", "R01", "--from", "2020-01-01", "--to",
                              "2199-01-01", "--dir", self.path("config"))
        self.assertEqual(done.status, 0, done)
        self.assertIn(f"rackmeterd (process {daemon.pid}) was told to reload", done.out)
        daemon.notified("READY=1")
        self.assertEqual(self.rows("SELECT kind, scope, scope_id FROM log"),
                         [("planned", "rack", "R01")])
        self.assertEqual(self.value("SELECT min(planned) FROM v_device_state WHERE rack = 'R01'"), 1)
        # a copy of the folder is not what the daemon loads
        subprocess.run(["cp", "-rp", self.path("config"), self.path("copy")], check=True)
        done = self.rackmeter("log", "end", "--dir", self.path("copy"), "--db", self.db)
        self.assertEqual(done.status, 0, done)
        self.assertIn("not this folder", done.out)
        daemon.stop()
        done = self.rackmeter("log", "end", "--dir", self.path("config"))
        self.assertEqual(done.status, 0, done)
        self.assertIn("does not run here", done.out)


if __name__ == "__main__":
    rmtest.main()
