#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The database cannot be written for a while: a file that may not grow, somebody else's lock. Polling
goes on, what does not fit is counted and has its reason, it is said once, and all is well again by
itself."""
import os
import re
import resource
import sqlite3

import rmtest

FAILED, WELL = "polling goes on", "the database can be written again"
PDU = "PDU-R01-A"


class Storage(rmtest.Case):
    def start(self, queue):
        self.hall("--racks", "2", "--every", "1s", "--no-bmcs")
        text = self.read("config/rackmeter.yaml")
        if "polling:" in text:
            text = text.replace("polling:", f"polling:\n  queue: {queue}", 1)
        else:
            text += f"polling: {{queue: {queue}}}\n"
        self.write("config/rackmeter.yaml", text)
        self.simulator()
        daemon = self.daemon().ready()
        self.until_rows(PDU, 3)
        return daemon

    def events(self):
        return [text for text, in self.rows("SELECT text FROM v_event WHERE kind = 'store' "
                                            "ORDER BY id")]

    def recovered(self, daemon):
        rmtest.until("it is well again", lambda: WELL in daemon.log())
        self.until_rows(PDU, 3, after=self.last_ts())
        daemon.stop()
        for word in (FAILED, WELL):
            self.assertEqual(daemon.log().count(word), 1, daemon.log())
            self.assertEqual(sum(word in e for e in self.events()), 1, self.events())
        self.assertEqual(self.holes(PDU), [], self.tell())
        done = self.rackmeter("db", "verify", "--db", self.db)
        self.assertEqual(done.status, 0, done)

    def test_no_room(self):
        daemon = self.start(queue=100)
        _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
        room = os.path.getsize(self.db + "-wal") + 4096
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (room, hard))
        rmtest.until("no more can be written", lambda: FAILED in daemon.log())

        def dropped():
            status = daemon.notifications.get(timeout=rmtest.DEADLINE_S)
            found = re.search(r"(\d+) dropped", status)
            return found and int(found[1]) > 20
        rmtest.until("rows are dropped", dropped)
        self.assertIsNone(daemon.popen.poll())
        before = self.last_ts()
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))
        self.recovered(daemon)
        n = self.value("SELECT sum(n) FROM v_gap WHERE cause LIKE '%queue%' AND "
                       "from_ts > ?", before)
        self.assertGreater(n, 20, self.tell())

    def test_locked(self):
        """Longer than the writer waits for others: nothing is lost, for there is a queue."""
        daemon = self.start(queue=10000)
        other = sqlite3.connect(self.db, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        rmtest.until("the writer gave up waiting", lambda: FAILED in daemon.log())
        self.assertIn("another program", daemon.log())
        other.execute("ROLLBACK")
        other.close()
        self.recovered(daemon)
        self.assertEqual(self.rows("SELECT * FROM v_gap WHERE scan IS NOT NULL"), [], self.tell())


if __name__ == "__main__":
    rmtest.main(at_once=True)
