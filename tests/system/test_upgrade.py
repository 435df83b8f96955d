#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A database of an earlier schema under this build's programs: who only reads says what to do, the
daemon brings it up to date, and what was stored reads the same; a start that is killed amid it leaves
the old or the new."""
import os
import shutil
import sqlite3
import subprocess

import rmtest

OLD = os.path.join(rmtest.FIXTURES, "db", "schema-0001.sql")
READINGS = """SELECT entity, part, quantity, ts, value FROM v_reading
              WHERE entity LIKE 'PDU-R_-A' ORDER BY 1, 2, 3, 4"""


class Upgrade(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.hall("--racks", "1", "--rows", "1", "--every", "1s", "--no-bmcs")
        self.simulator()
        self.old = self.path("old.db")
        with open(OLD, encoding="utf-8") as f:
            db = sqlite3.connect(self.old)
            db.executescript("PRAGMA journal_mode = WAL;\n" + f.read())
            db.close()
        shutil.copy(self.old, self.db)
        self.before = self.rows(READINGS)
        self.assertGreater(len(self.before), 1000)

    def version(self):
        return self.value("PRAGMA user_version")

    def test_start(self):
        for command in (("status",), ("report", "racks"), ("db", "verify"), ("db", "info"),
                        ("db", "export", "--sqlite", self.path("out.db"))):
            done = self.rackmeter(*command, "--db", self.db)
            self.assertNotEqual(done.status, 0, done)
            self.assertIn("older rackmeter", done.err)
            self.assertIn("restart rackmeterd", done.err)
        self.assertEqual(self.version(), 1)
        daemon = self.daemon().ready()
        self.assertGreater(self.version(), 1)
        daemon.stop()
        self.assertEqual(self.rows(READINGS), self.before)
        for what in ("verify", "info"):
            done = self.rackmeter("db", what, "--db", self.db)
            self.assertEqual(done.status, 0, done)

    def test_killed(self):
        newest = 0
        for delay in (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.08):
            for suffix in ("", "-wal", "-shm"):
                if os.path.exists(self.db + suffix):
                    os.unlink(self.db + suffix)
            shutil.copy(self.old, self.db)
            program = subprocess.Popen([rmtest.RACKMETERD, "--config", self.path("config"),
                                        "--run-for", "60"], env=self.env,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                program.wait(delay)
            except subprocess.TimeoutExpired:
                pass
            program.kill()
            program.wait()
            db = sqlite3.connect(self.db)
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            version, = db.execute("PRAGMA user_version").fetchone()
            self.assertEqual(db.execute(READINGS).fetchall(), self.before, f"schema {version}")
            db.close()
            newest = max(newest, version)
            self.assertIn(version, (1, newest))
        self.daemon("--run-for", "1").wait()
        self.assertGreater(self.version(), 1)
        self.assertEqual(self.rows(READINGS), self.before)

    def test_rollback(self):
        """As packaging/OPERATION.md has it: a copy before, a refusal after, the copy put back."""
        self.daemon("--run-for", "2").wait()
        self.assertEqual(self.rackmeter("db", "backup", self.path("before.db"), "--db",
                                        self.db).status, 0)
        db = sqlite3.connect(self.db)  # what a newer version leaves
        newest = self.version() + 1
        db.executescript(f"""PRAGMA user_version = {newest};
            INSERT INTO migration VALUES ({newest}, 'x.sql', 0, '99.1');
            CREATE TABLE of_the_future (x);""")
        db.close()
        before = self.rows(READINGS)
        daemon = self.daemon()
        self.assertEqual(daemon.wait(), 2, daemon.log())
        self.assertIn(f"rackmeter.db was written by a newer rackmeter, 99.1 (schema {newest};",
                      daemon.log())
        self.assertIn("put back the copy of the database that was made before the upgrade",
                      daemon.log())
        done = self.rackmeter("status", "--db", self.db)
        self.assertIn("newer rackmeter, 99.1", done.err)
        self.assertEqual((self.version(), self.rows(READINGS)), (newest, before))
        for suffix in ("", "-wal", "-shm"):
            os.rename(self.db + suffix, self.path("newer.db" + suffix))
        shutil.copy(self.path("before.db"), self.db)
        daemon = self.daemon().ready()
        self.until_rows("PDU-R01-A", 2)
        daemon.stop()
        self.assertEqual(self.rows(READINGS), self.before)


if __name__ == "__main__":
    rmtest.main(at_once=True)
