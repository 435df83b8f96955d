#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rackmeter db doctor: who may read the database, who could lock the collector out of it, and what to
do about each. As root it is really opened as another user (nobody)."""
import os
import pwd
import shutil
import sqlite3
import subprocess
import unittest

import rmtest

ENDS = ("", "-wal", "-shm")
TABLES = {"rackmeter.yaml": "version: 1\nsite: Nord\nzone: UTC\ndatabase: ../state/rackmeter.db\n",
          "racks.csv": "rack\nR1\n", "devices.csv": "device,endpoint,profile,rack\n"}
ROOT = os.geteuid() == 0
OTHER = pwd.getpwnam("nobody")


class Doctor(rmtest.Case):
    made = None  # what rackmeterd left behind, for all tests

    def setUp(self):
        super().setUp()
        self.folder = self.path("state")
        os.mkdir(self.folder)
        self.file = os.path.join(self.folder, "rackmeter.db")
        self.files = [self.file + end for end in ENDS]
        if not Doctor.made:
            for name, text in TABLES.items():
                self.write("config/" + name, text)
            self.assertEqual(self.daemon("--run-for", "1").wait(), 0)
            Doctor.made = [self.read(path) for path in self.files]
        for path, content in zip(self.files, Doctor.made):
            with open(path, "wb") as f:
                f.write(content)
            os.chmod(path, 0o640)
        os.chmod(self.folder, 0o2750)
        if ROOT:  # as a collector and a group of readers would have it
            for path in (self.folder, *self.files):
                os.chown(path, 0, OTHER.pw_gid)
            os.chmod(self.folder, 0o2750)  # chown takes the bit away
            self.opened = os.path.dirname(self.folder)
            os.chmod(self.opened, 0o755)

    @staticmethod
    def read(path):
        with open(path, "rb") as f:
            return f.read()

    def doctor(self, *arguments):
        done = self.rackmeter("db", "doctor", "--db", self.file, *arguments)
        self.assertEqual(done.err, "", done)
        return done

    def wrong(self, *words, arguments=(), n=1):
        done = self.doctor(*arguments)
        lines = [line for line in done.out.split("\n") if line.startswith("WRONG")]
        self.assertEqual((done.status, len(lines)), (1, n), done)
        for word in words:
            self.assertIn(word, "\n".join(lines), done)
        self.assertIn(f"{n} thing{'s' * (n > 1)} to mend", done.out)
        return done

    def test_fine(self):
        done = self.doctor()
        self.assertEqual(done.status, 0, done)
        for word in ("state: folder, ", "2750", "rackmeter.db-wal: ", "rackmeter.db-shm: ",
                     "with a write-ahead log", "opened and read as user (you)", ": fine\n"):
            self.assertIn(word, done.out)
        self.assertNotIn("WRONG", done.out)

    def test_folder(self):
        os.chmod(self.folder, 0o2770)
        self.wrong("its group may make files", f"chmod 2750 {self.folder}")
        os.chmod(self.folder, 0o777)
        self.wrong("everybody may make files")

    def test_modes(self):
        os.chmod(self.file, 0o600)
        self.wrong("its group may not read it", f"chmod 640 {self.file}", "-wal: ", "-shm: ", n=3)
        for path in self.files:  # SQLite gives an empty log the mode of its database
            os.chmod(path, 0o640)
        os.chmod(self.files[2], 0o600)
        self.wrong("-shm: ", f"chmod 640 {self.files[2]}")
        os.chmod(self.files[2], 0o640)
        os.chmod(self.file, 0o660)
        self.wrong("others than its owner may write it", "-wal", "-shm", n=3)

    def test_open_to_all(self):
        for path in self.files:
            os.chmod(path, 0o644)
        done = self.doctor()
        self.assertEqual(done.status, 0, done)
        self.assertIn("note  " + self.file + ": everybody on this machine may read it", done.out)

    def test_without_a_log(self):
        db = sqlite3.connect(self.file)
        db.execute("PRAGMA journal_mode=DELETE")
        db.close()
        self.wrong("without a write-ahead log", "-wal: is not there", "start rackmeterd", n=2)

    def test_no_database_yet(self):
        for path in self.files[1:]:
            os.unlink(path)
        os.truncate(self.file, 0)
        self.wrong("is no database yet: start rackmeterd", "-wal: is not there",
                   "opened as user (you)", n=3)

    def test_no_log_yet(self):
        for path in self.files[1:]:
            os.unlink(path)
        self.wrong("rackmeter.db-wal: is not there", "leaves it behind")

    def test_nothing_there(self):
        done = self.rackmeter("db", "doctor", "--db", self.path("none.db"))
        self.assertEqual((done.status, done.out), (2, ""), done)
        self.assertIn("none.db", done.err)
        done = self.rackmeter("db", "doctor", "--db", self.file, "--as", "no-such-user")
        self.assertEqual(done.status, 1, done)
        self.assertIn("there is no user no-such-user", done.out)

    @unittest.skipUnless(ROOT, "to become another user takes root")
    def test_as_another(self):
        done = self.doctor("--as", OTHER.pw_name)
        self.assertEqual(done.status, 0, done)
        self.assertIn("opened and read as user nobody", done.out)
        # not in the group
        for path in self.files:
            os.chown(path, 0, 1)
        done = self.wrong("opened as user nobody", "Permission denied", "may not read it",
                          arguments=("--as", "nobody"), n=4)
        self.assertIn("usermod -aG daemon nobody", done.out)
        for path in self.files:
            os.chown(path, 0, OTHER.pw_gid)
        # a folder above that it may not enter
        os.chmod(self.opened, 0o700)
        self.wrong("opened as user nobody", f"{self.opened}: user nobody may not enter it",
                   arguments=("--as", "nobody"), n=2)
        os.chmod(self.opened, 0o755)
        # the log is somebody else's, who was first
        os.chown(self.files[1], OTHER.pw_uid, OTHER.pw_gid)
        self.wrong("made by a reader", arguments=("--as", "nobody"))

    @unittest.skipUnless(ROOT, "to become another user takes root")
    def test_who_could_write(self):
        os.chmod(self.folder, 0o2770)
        self.wrong("its group may make files", "user nobody may write the database or its folder",
                   arguments=("--as", "nobody"), n=2)

    @unittest.skipUnless(ROOT, "to be another user takes root")
    def test_not_root(self):
        """Who is not root is told what modes say, and that nothing was tried."""
        program = self.path("rackmeter")
        shutil.copy(rmtest.RACKMETER, program)
        os.chmod(program, 0o755)
        done = subprocess.run([program, "db", "doctor", "--db", self.file, "--as", "daemon"],
                              user=OTHER.pw_uid, group=OTHER.pw_gid, extra_groups=[], text=True,
                              env={**self.env, "ASAN_OPTIONS": "detect_leaks=0"},
                              capture_output=True, check=False, timeout=rmtest.DEADLINE_S)
        self.assertEqual((done.returncode, done.stderr), (1, ""), done)
        self.assertIn("user daemon may not enter it", done.stdout)
        self.assertIn("not tried: run this as root", done.stdout)
        self.assertNotIn("opened", done.stdout)


if __name__ == "__main__":
    rmtest.main()
