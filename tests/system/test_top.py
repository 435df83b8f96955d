#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`rackmeter top` beside a running collector: one page, and live in a terminal with real keys."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import unittest

import rmtest

ESCAPES = re.compile(rb"\x1b(\[[0-9;?]*[a-zA-Z]|[()][0-9A-Z]|[=>])")


class Terminal:
    """A program on a terminal of 24 x 80; keeps all it wrote, without escapes."""

    def __init__(self, case, *arguments):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(TERM="xterm", LC_ALL="C")
            os.environ.pop("NO_COLOR", None)
            os.execv(rmtest.RACKMETER, [rmtest.RACKMETER, *arguments])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        case.addCleanup(self.end)
        self.seen = b""
        self.status = None

    def read(self):
        while select.select([self.fd], [], [], 0.05)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # Linux: the other side has gone
                break
            if not data:
                break
            self.seen += data
        return ESCAPES.sub(b" ", self.seen).decode("ascii", "replace")

    def expect(self, what):
        rmtest.until(f"{what!r} on the terminal", lambda: what in self.read())

    def press(self, keys):
        self.seen = b""
        os.write(self.fd, keys)

    def wait(self):
        def ended():
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
            return pid
        rmtest.until("the program ends", ended)
        return self.status

    def end(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


class Top(rmtest.Case):
    def test_live(self):
        truth = self.hall("--racks", "4", "--rows", "2", "--every", "1s", "--story")
        self.simulator()
        self.daemon().ready()
        self.until_db("every rack has its sum", """SELECT count(*) = 4 FROM v_rack_latest
            WHERE power_w > 0 AND members_present > 0""")
        over = truth["over_budget"]
        other = self.value("SELECT min(name) FROM v_rack WHERE name <> ?", over)

        done = self.rackmeter("top", "--once", "--db", self.db)
        self.assertEqual(done.status, 0, done)
        self.assertIn("4 racks", done.out)
        self.assertRegex(done.out, rf">{over} .*!")

        screen = Terminal(self, "top", "--db", self.db)
        screen.expect(over)
        screen.expect("h help")
        screen.press(b"h")
        screen.expect("by load of the budget")
        screen.press(b"h")
        screen.expect("BUDGET")
        screen.press(b"\r")
        screen.expect("DERATED A")
        screen.expect(f"{over}-A")
        screen.press(b"\x1b")
        screen.expect(other)  # curses draws only what changes
        screen.press(b"/nothing")
        screen.expect("nothing is named so")
        screen.press(b"\x1b")
        screen.expect(over)
        screen.press(b"q")
        self.assertEqual(screen.wait(), 0)

    def test_without_a_terminal(self):
        done = self.rackmeter("top", "--db", self.path("none.db"))
        self.assertEqual(done.status, 2, done)
        self.assertIn("--once", done.err)
        done = self.rackmeter("top", "--once", "--db", self.path("none.db"))
        self.assertEqual(done.status, 1, done)
        self.assertIn("none.db", done.err)


if __name__ == "__main__":
    rmtest.main()
