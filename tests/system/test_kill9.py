#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""kill -9 at any moment: what was committed is still there, the file is whole, the next start
works and says how long nobody was measuring."""
import os
import sqlite3
import time

import rmtest

DOWN = "rackmeterd was not running"
TABLES = ("entity", "series", "scan", "scan_grid", "point", "event", "rack", "circuit", "device",
          "setting", "config_load", "device_fact")


class Kill(rmtest.Case):
    def snapshot(self):
        """All committed samples, and how many rows the other tables hold."""
        samples = {(scan, ts): v for scan, ts, v in self.rows("SELECT scan, ts, v FROM hot")}
        counts = {t: self.value(f"SELECT count(*) FROM {t}") or 0 for t in TABLES}
        return samples, counts

    def check(self, before):
        """Opened for writing, as the next daemon will: SQLite then recovers the log."""
        db = sqlite3.connect(self.db, timeout=10)
        try:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            self.assertEqual(db.execute("PRAGMA foreign_key_check").fetchall(), [])
        finally:
            db.close()
        samples, counts = self.snapshot()
        lost = {k: v for k, v in before[0].items() if samples.get(k) != v}
        self.assertEqual(lost, {}, "committed samples are gone or changed")
        for table, n in before[1].items():
            self.assertGreaterEqual(counts[table], n, table)

    def test_kill(self):
        self.hall("--racks", "4", "--rows", "2", "--every", "1s")
        self.simulator()

        def file_is_there():
            return os.path.exists(self.db)

        def rows_more(n):
            before = self.value("SELECT count(*) FROM hot") or 0
            return lambda: (self.value("SELECT count(*) FROM hot") or 0) >= before + n

        moments = [  # (what, whether READY is waited for, condition)
            ("while the file is made", False, lambda: file_is_there),
            ("while the schema is made", False, lambda: file_is_there),
            ("at once when ready", True, lambda: lambda: True),
            ("while devices are entered", True, lambda: lambda: self.value(
                "SELECT count(*) FROM scan")),
            ("with the first rows", True, lambda: rows_more(1)),
            ("amid polling", True, lambda: rows_more(40)),
            ("amid polling again", True, lambda: rows_more(60)),
        ]
        killed = []  # (last stored instant, when nobody measured for sure)
        for what, wait_ready, condition in moments:
            with self.subTest(moment=what):
                happened = condition()
                daemon = self.daemon()
                if wait_ready:
                    daemon.ready()
                rmtest.until(what, happened)
                before = self.snapshot()
                daemon.kill()
                if os.path.exists(self.db):
                    self.check(before)
                last = self.last_ts()
                # the grid is 1 s: let at least one instant pass without a collector
                after = time.time()
                rmtest.until("an instant passes", lambda t=after: time.time() > t + 2.1)
                if last:
                    killed.append((last, int(after) + 1))

        begun = self.last_ts()
        daemon = self.daemon().ready()
        self.until_rows("PDU-R01-A", 3, after=begun)
        daemon.stop()
        self.assertGreaterEqual(len(killed), 2)
        gaps = self.rows("SELECT from_ts, to_ts FROM v_gap WHERE cause = ? AND entity IS NULL", DOWN)
        for last, without in killed:
            with self.subTest(last=last):
                self.assertTrue([g for g in gaps if g[0] <= without <= g[1]],
                                f"no gap covers {without}: {gaps}")
        # and no gap claims an instant that is stored
        for low, high in gaps:
            self.assertEqual(self.value("SELECT count(*) FROM hot WHERE ts BETWEEN ? AND ?",
                                        low, high), 0, (low, high))
        self.assertEqual(self.value("SELECT stopped IS NOT NULL FROM daemon"), 1)


if __name__ == "__main__":
    rmtest.main()
