#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""systemd's watchdog: fed while the poll loop turns and the writer gets on, not while one thread
of rackmeterd is stopped (by ptrace, as a debugger would), and fed while the database is only
locked by somebody else, which a restart would not mend."""
import ctypes
import os
import queue
import signal
import sqlite3
import time

import rmtest

PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
WALL = 0x40000000
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Stopped:
    """A thread of a program stands still while this lives; one tracer, hence one at a time."""

    def __init__(self, thread):
        self.thread = thread

    def __enter__(self):
        ptrace(PTRACE_SEIZE, self.thread)
        ptrace(PTRACE_INTERRUPT, self.thread)
        os.waitpid(self.thread, WALL)

    def __exit__(self, *_):
        ptrace(PTRACE_DETACH, self.thread)


class Watchdog(rmtest.Case):
    def start(self):
        self.hall("--racks", "1", "--every", "1s", "--no-bmcs")
        self.simulator()
        daemon = self.daemon(env={"WATCHDOG_USEC": "2000000"}).ready()
        self.until_rows("PDU-R01-A", 2)
        return daemon

    def fed(self, daemon):
        """Waits for the next WATCHDOG=1."""
        daemon.notified("WATCHDOG=1")

    def starved(self, daemon, seconds):
        """Waits until there was none for that long."""
        end = time.monotonic() + rmtest.DEADLINE_S + seconds
        quiet_since = time.monotonic()
        while time.monotonic() < end:
            try:
                if "WATCHDOG=1" in daemon.notifications.get(timeout=0.1).split("\n"):
                    quiet_since = time.monotonic()
            except queue.Empty:
                pass
            if time.monotonic() - quiet_since > seconds:
                return
        self.fail(f"the watchdog is still fed\n{daemon.log()}")

    def thread(self, daemon, name):
        for t in os.listdir(f"/proc/{daemon.pid}/task"):
            with open(f"/proc/{daemon.pid}/task/{t}/comm", encoding="utf-8") as f:
                if f.read().strip() == name:
                    return int(t)
        return self.fail(f"there is no thread {name}")

    def stop_thread(self, name):
        daemon = self.start()
        self.fed(daemon)
        stopped = Stopped(self.thread(daemon, name))
        try:
            stopped.__enter__()
        except OSError as e:
            self.skipTest(f"ptrace is not allowed here: {e}")
        try:
            self.starved(daemon, 4)
        finally:
            stopped.__exit__()
        self.fed(daemon)
        self.assertIn("does not get on", daemon.log())
        daemon.stop()

    def test_poll_thread_hangs(self):
        self.stop_thread("rackmeter-poll")

    def test_writer_hangs(self):
        self.stop_thread("rackmeter-write")

    def test_half_the_time(self):
        daemon = self.start()
        begun = time.monotonic()
        for _ in range(5):
            self.fed(daemon)
        self.assertLess(time.monotonic() - begun, 9 * rmtest.SLACK)
        # as a whole it cannot feed anything
        daemon.signal(signal.SIGSTOP)
        self.starved(daemon, 3)
        daemon.signal(signal.SIGCONT)
        self.fed(daemon)
        daemon.stop()

    def test_locked_database(self):
        daemon = self.start()
        db = sqlite3.connect(self.db, isolation_level=None)
        self.addCleanup(db.close)
        db.execute("BEGIN IMMEDIATE")
        begun, fed = time.monotonic(), 0
        while time.monotonic() < begun + 18:  # longer than a hang of the writer may last
            self.fed(daemon)
            fed += 1
        db.execute("ROLLBACK")
        self.assertGreaterEqual(fed, 8)
        self.assertIn("polling goes on", daemon.log())
        self.until_db("caught up", "SELECT max(ts) > ? FROM hot", int(time.time()))
        daemon.stop()
        # nothing was lost meanwhile
        self.assertEqual(self.value("SELECT count(*) FROM v_gap WHERE entity = 'PDU-R01-A' AND "
                                    "part IS NULL AND cause <> 'rackmeterd was not running'"), 0,
                         self.tell())


if __name__ == "__main__":
    rmtest.main(at_once=True)
