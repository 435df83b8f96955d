#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The collector's clock is set forward by a day and back by an hour while it polls: forward, what was
skipped is a gap; back, no instant is used twice and nothing that is stored changes."""
import mmap
import os
import re
import struct

import rmtest

DAY, HOUR = 86400, 3600
FAKE = os.path.join(rmtest.BUILD, "tests", "fakeclock.so")
PDU = "PDU-R01-A"


class Clock(rmtest.Case):
    def setUp(self):
        super().setUp()
        if rmtest.SLACK > 1:
            self.skipTest("a sanitizer's library must be the first to be loaded")
        self.hall("--racks", "1", "--every", "1s", "--no-bmcs")
        self.simulator()
        path = self.write("offset", struct.pack("q", 0))
        with open(path, "r+b") as f:
            self.offset = mmap.mmap(f.fileno(), 8)
        self.addCleanup(self.offset.close)
        self.running = self.daemon(env={"LD_PRELOAD": FAKE, "RACKMETER_FAKECLOCK": path}).ready()
        self.until_rows(PDU, 4)

    def set_clock(self, offset_s):
        """Sets the clock and waits until the collector has noticed, and says by how much."""
        former, = struct.unpack("q", self.offset[:])
        before = self.value("SELECT count(*) FROM event WHERE kind = 'clock'")
        self.offset[:] = struct.pack("q", offset_s)
        self.until_db("the clock was noticed", "SELECT count(*) > ? FROM event WHERE kind = 'clock'",
                      before)
        text = self.value("SELECT text FROM event WHERE kind = 'clock' ORDER BY id DESC LIMIT 1")
        way, by = re.search(r"set (forward|back) by (\d+) s", text).groups()
        step = offset_s - former
        self.assertEqual(way, "forward" if step > 0 else "back")
        self.assertAlmostEqual(int(by), abs(step), delta=1)  # microseconds are cut off

    def readings(self):
        """Each stored value by its place and time; fails when one is there twice."""
        rows = self.rows("SELECT entity, part, quantity, ts, value FROM v_reading")
        found = {row[:4]: row[4] for row in rows}
        self.assertEqual(len(found), len(rows), "an instant is there twice")
        return found

    def kept(self, before):
        now = self.readings()
        self.assertEqual({k: now.get(k) for k in before}, before)

    def end(self, before):
        self.running.stop()
        self.kept(before)
        done = self.rackmeter("db", "verify", "--db", self.db)
        self.assertEqual(done.status, 0, done)

    def test_day_forward_and_back(self):
        before, last = self.readings(), self.last_ts()
        self.set_clock(DAY)
        self.until_rows(PDU, 3, after=last + DAY)
        gaps = self.rows("SELECT from_ts, to_ts, n FROM v_gap WHERE entity = ? AND scan = 'main' AND "
                         "cause = 'clock stepped'", PDU)
        self.assertEqual(len(gaps), 1, self.tell())
        self.assertLessEqual(gaps[0][0], last + 10)
        self.assertGreater(gaps[0][1] - gaps[0][0], DAY - 10)
        self.assertEqual(gaps[0][2], gaps[0][1] - gaps[0][0] + 1)
        self.kept(before)
        # the hour of yesterday had to make room in the ring: it is finished
        self.assertEqual(self.value("SELECT count(*) FROM period"), 1)
        ahead = self.last_ts()
        self.set_clock(0)
        self.assertLessEqual(self.last_ts(), ahead + 2)
        before = self.readings()
        self.set_clock(DAY + 5)
        self.until_rows(PDU, 3, after=self.last_ts())
        self.end(before)

    def test_hour_back(self):
        last = self.last_ts()
        self.set_clock(-HOUR)
        before, latest = self.readings(), self.last_ts()
        self.assertLessEqual(latest, last + 3)
        # the same instants again: none of them is stored over
        for _ in range(3):
            self.running.notifications.get(timeout=rmtest.DEADLINE_S)  # a second each
        self.assertEqual(self.last_ts(), latest)
        self.kept(before)
        self.set_clock(0)
        self.until_rows(PDU, 3, after=latest)
        self.end(before)


if __name__ == "__main__":
    rmtest.main(at_once=True)
