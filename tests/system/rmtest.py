# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: a folder, ports, the simulator and the programs of one test.

Nothing here waits by sleeping for a fixed time: programs say when they are ready, and the
rest is a condition that is looked at until it holds or its deadline passes. A `Case` removes
its folder and ends its processes, whatever happened; each program also ends by itself.
"""
import json
import os
import queue
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SOURCE = os.environ.get("RACKMETER_SOURCE") or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("RACKMETER_BUILD") or os.path.join(SOURCE, "build", "dev")
RACKMETERD = os.path.join(BUILD, "collector", "rackmeterd")
RACKMETER = os.path.join(BUILD, "collector", "rackmeter")
SIMULATOR = os.path.join(BUILD, "tests", "sim", "rackmeter-sim")
PROFILES = os.path.join(SOURCE, "schema", "profiles")
FIXTURES = os.path.join(SOURCE, "tests", "fixtures")

LIFE_S = 200  # no program outlives this, not even when the test itself is killed
SKIPPED = 77


def _slack():
    """Sanitizers make the programs several times slower: so are the deadlines."""
    try:
        with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as f:
            return 4 if re.search(r"^RACKMETER_SANITIZE:\w+=.+$", f.read(), re.M) else 1
    except OSError:
        return 1


SLACK = _slack()
DEADLINE_S = 30 * SLACK


def until(what, condition, deadline_s=None):
    """Returns the first true value of condition(); fails, naming what, when there is none."""
    end = time.monotonic() + (deadline_s or DEADLINE_S)
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"did not happen in time: {what}")
        time.sleep(0.05)


def _free(port):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as s:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("0.0.0.0", port))
            except OSError:
                return False
    return True


class Ports:
    """Eight ports below the ephemeral range, for one process at a time: the claim is an
    abstract socket, which the kernel drops with the process."""

    FIRST, N, EACH = 21000, 1000, 8

    def __init__(self):
        start = os.getpid() % self.N
        for i in range(self.N):
            slot = (start + i) % self.N
            self.claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            try:
                self.claim.bind(f"\0rackmeter-test-ports-{slot}")
            except OSError:
                self.claim.close()
                continue
            self.base = self.FIRST + slot * self.EACH
            if all(_free(self.base + k) for k in range(self.EACH)):
                return
            self.claim.close()
        raise RuntimeError("no free ports")

    def close(self):
        self.claim.close()


class Process:
    """A program of ours, its output in a file of the test's folder."""

    def __init__(self, case, name, argv, stdin=None, stdout=None, env=None, cwd=None):
        case.counter += 1
        self.name = name
        self.log_path = os.path.join(case.dir, f"{name}-{case.counter}.log")
        with open(self.log_path, "wb") as log:
            self.popen = subprocess.Popen(argv, stdin=stdin or subprocess.DEVNULL,
                                          stdout=stdout or log, stderr=log, cwd=cwd,
                                          env={**case.env, **(env or {})})
        case.addCleanup(self.end)

    @property
    def pid(self):
        return self.popen.pid

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def signal(self, number):
        self.popen.send_signal(number)

    def wait(self, deadline_s=None):
        """The exit status; fails when there is none in time."""
        try:
            return self.popen.wait(deadline_s or DEADLINE_S)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} does not end:\n{self.log()}") from None

    def kill(self):
        self.popen.kill()
        return self.wait()

    def end(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe:
                pipe.close()


class Simulator(Process):
    """rackmeter-sim with its scene on stdin: tell("fault 127.1.0.1 silence")."""

    def __init__(self, case, scene, snmp_port, modbus_port):
        super().__init__(case, "sim", [SIMULATOR, "--stdin", "--for", str(LIFE_S),
                                       "--snmp-port", str(snmp_port),
                                       "--modbus-port", str(modbus_port), scene],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        line = self.popen.stdout.readline().decode()
        if not line.startswith("ready "):
            raise AssertionError(f"the simulator did not start: {line}{self.log()}")

    def tell(self, line):
        self.popen.stdin.write(line.encode() + b"\n")
        self.popen.stdin.flush()
        answer = self.popen.stdout.readline().decode().strip()
        if answer.startswith("error") or not answer:
            raise AssertionError(f"simulator: {line}: {answer}{self.log()}")
        return answer


class Daemon(Process):
    """rackmeterd; ready() waits for its READY=1."""

    def __init__(self, case, config, *arguments, env=None, wrapper=(), cwd=None):
        case.counter += 1
        path = os.path.join(case.dir, f"notify-{case.counter}")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        os.chmod(path, 0o666)  # the daemon may run as another user
        self.notifications = queue.Queue()
        threading.Thread(target=self._receive, daemon=True).start()
        arguments = list(arguments)
        if "--run-for" not in arguments:
            arguments += ["--run-for", str(LIFE_S)]
        super().__init__(case, "rackmeterd", [*wrapper, RACKMETERD, "--config", config, *arguments],
                         env={"NOTIFY_SOCKET": path, **(env or {})}, cwd=cwd)

        case.addCleanup(self._end_receiving, path)

    def _receive(self):
        """A full socket would block the daemon: always read, as systemd does."""
        while message := self.socket.recv(65536):
            self.notifications.put(message.decode())
        self.socket.close()

    @staticmethod
    def _end_receiving(path):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(b"", path)

    def told(self, word, deadline_s=None):
        """The first line of a notification that begins so; what came before is dropped."""
        end = time.monotonic() + (deadline_s or DEADLINE_S)
        while time.monotonic() < end:
            try:
                lines = self.notifications.get(timeout=0.1).split("\n")
            except queue.Empty:
                if self.popen.poll() is not None and self.notifications.empty():
                    break
                continue
            for line in lines:
                if line.startswith(word):
                    return line
        raise AssertionError(f"rackmeterd did not say {word} (status {self.popen.poll()}):\n"
                             f"{self.log()}")

    def notified(self, word, deadline_s=None):
        """Waits until a notification holds the line; what came before is dropped."""
        while self.told(word, deadline_s) != word:
            pass

    def ready(self):
        self.notified("READY=1")
        return self

    def reload(self):
        """SIGHUP, and waits until it was handled, for better or worse."""
        self.signal(signal.SIGHUP)
        self.notified("READY=1")

    def stop(self):
        """SIGTERM; the exit status must be 0."""
        self.signal(signal.SIGTERM)
        status = self.wait()
        if status != 0:
            raise AssertionError(f"rackmeterd ended with {status}:\n{self.log()}")
        return self


class Answer:
    """What a command printed."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    def json(self):
        try:
            return json.loads(self.out)
        except json.JSONDecodeError:
            raise AssertionError(f"no JSON: {self}") from None

    def __str__(self):
        return f"status {self.status}\n{self.out}{self.err}"


class Case(unittest.TestCase):
    """One test: self.dir, self.snmp_port, self.modbus_port, and programs that end with it."""

    maxDiff = None

    def setUp(self):
        self.counter = 0
        self.dir = tempfile.mkdtemp(prefix="rackmeter-test-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.ports = Ports()
        self.addCleanup(self.ports.close)
        self.snmp_port, self.modbus_port = self.ports.base, self.ports.base + 1
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("RACKMETER_")}
        self.env.update(RACKMETER_PROFILES=PROFILES, LC_ALL="C.UTF-8", NO_COLOR="1")
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "CREDENTIALS_DIRECTORY", "JOURNAL_STREAM"):
            self.env.pop(name, None)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def write(self, name, text, mode=0o644):
        """Writes a file of the test's folder; returns its path."""
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        return path

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def simulator(self, scene=None):
        return Simulator(self, scene or self.path("scene", "scene"), self.snmp_port,
                         self.modbus_port)

    def daemon(self, *arguments, config=None, **how):
        return Daemon(self, config or self.path("config"), *arguments, **how)

    def rackmeter(self, *arguments, env=None, program=RACKMETER):
        return Answer(subprocess.run([program, *arguments], env={**self.env, **(env or {})},
                                     cwd=self.dir, stdin=subprocess.DEVNULL, capture_output=True,
                                     text=True, timeout=DEADLINE_S, check=False))

    def locales(self):
        """Environments: C, and a locale in UTF-8, with a decimal comma where it can be had."""
        yield {"LC_ALL": "C"}
        if shutil.which("localedef") and os.path.exists("/usr/share/i18n/locales/de_DE"):
            subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8",
                            self.path("de_DE.UTF-8")], check=True, capture_output=True)
            # glibc keeps a copy of LOCPATH that nothing points to: no leak of ours.
            german = {"LC_ALL": "de_DE.UTF-8", "LOCPATH": self.dir,
                      "ASAN_OPTIONS": "detect_leaks=0"}
            comma = subprocess.run(["/usr/bin/printf", "%.1f", "1"], env={**self.env, **german},
                                   capture_output=True, text=True, check=False)
            self.assertEqual(comma.stdout, "1,0")
            yield german
        else:
            print("note: package locales is not installed: no locale with a decimal comma")
            yield {"LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8"}

    def hall(self, *arguments):
        """A hall of make_hall.py in the test's folder; returns truth.json."""
        subprocess.run([sys.executable, "-B", os.path.join(SOURCE, "tests", "sim", "make_hall.py"),
                        self.dir, "--snmp-port", str(self.snmp_port),
                        "--modbus-port", str(self.modbus_port), *arguments], check=True)
        with open(self.path("truth.json"), encoding="utf-8") as f:
            return json.load(f)

    # ---- the database --------------------------------------------------------

    @property
    def db(self):
        return self.path("rackmeter.db")

    def rows(self, sql, *values):
        """All rows of a query, read as any other program would; none before there is a schema."""
        if not os.path.exists(self.db):
            return []
        db = sqlite3.connect(f"file:{self.db}?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(sql, values).fetchall()
        except sqlite3.OperationalError as e:
            if "no such table" in str(e):
                return []
            raise
        finally:
            db.close()

    def value(self, sql, *values):
        rows = self.rows(sql, *values)
        return rows[0][0] if rows else None

    def ring_rows(self, where="1", *values):
        """Rows of open hours (h), taken apart as schema/README.md says: {(scan, ts): raws}."""
        zero = {1: 64, 2: 1088, 3: 28672, 4: 589824}
        found = {}
        for scan, ts, back, w, v, base in self.rows(f"""
                SELECT h.scan, h.ts, h.back, h.w, h.v, b.v FROM hot AS h
                LEFT JOIN hot AS b ON h.back > 0 AND b.ts = h.ts - h.back AND b.id =
                    ((h.ts - h.back) % (SELECT hot_ring_s FROM store) << 32) + h.scan
                WHERE {where}""", *values):
            if not back:
                found[scan, ts] = json.loads(v)
                continue
            base = [x or 0 for x in json.loads(base)] + [0] * len(v)
            codes = [v[i:i + w] for i in range(0, len(v), w)]
            found[scan, ts] = [x + ord(c.decode()) - zero[w] if c[0] else None
                               for x, c in zip(base, codes)]
        return found

    def until_db(self, what, sql, *values, deadline_s=None):
        """Waits until the query's first value is true; returns it."""
        try:
            return until(what, lambda: self.value(sql, *values), deadline_s)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.tell()}") from None

    def until_rows(self, device, n, after=0, deadline_s=None):
        """Waits until n rows of the device's main scan are stored with an instant > after."""
        self.until_db(f"{n} rows of {device}", """
            SELECT count(*) >= ? FROM hot AS h JOIN scan AS s ON s.id = h.scan
            JOIN entity AS e ON e.id = s.entity
            WHERE e.kind = 'device' AND e.name = ? AND s.name = 'main' AND h.ts > ?""",
                      n, device, after, deadline_s=deadline_s)

    def holes(self, device):
        """Instants of a device's main scan since its first row that are neither stored nor within a
        gap: nobody says why they are absent."""
        scan, step = self.rows("""SELECT s.id, g.step_s FROM scan AS s JOIN scan_grid AS g
            ON g.scan = s.id JOIN entity AS e ON e.id = s.entity
            WHERE e.name = ? AND s.name = 'main'""", device)[0]
        stored = {ts for ts, in self.rows("SELECT ts FROM hot WHERE scan = ?", scan)}
        gaps = self.rows("""SELECT from_ts, coalesce(to_ts, 1 << 40) FROM gap
            WHERE (scan = ? OR scan IS NULL) AND slot IS NULL""", scan)
        return [ts for ts in range(min(stored), max(stored), step) if ts not in stored and
                not any(low <= ts <= high for low, high in gaps)]

    def last_ts(self):
        return self.value("SELECT max(ts) FROM hot") or 0

    def tell(self):
        """The state of things, for a failure's message."""
        text = [f"gaps: {self.rows('SELECT * FROM v_gap LIMIT 20')}",
                f"events: {self.rows('SELECT ts, entity, kind, text FROM v_event LIMIT 30')}"]
        for name in sorted(os.listdir(self.dir)):
            if name.endswith(".log"):
                text.append(f"---- {name}\n{self.read(name)[-3000:]}")
        return "\n".join(text)


def _all_at_once():
    """Each test of the calling file in a process of its own: for those that wait, not compute."""
    tests = [test for suite in unittest.defaultTestLoader.loadTestsFromModule(
        sys.modules["__main__"]) for test in suite]
    running = []
    for test in tests:
        name = test.id().split(".", 1)[1]
        running.append(subprocess.Popen([sys.executable, "-B", sys.argv[0], name],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
    failed = 0
    for process in running:
        sys.stdout.write(process.communicate()[0].decode(errors="replace"))
        failed += process.returncode != 0
    sys.exit(1 if failed or not running else 0)


def main(at_once=False, sanitized=True):
    """Runs the tests of the calling file; 77 when the programs were not built here, or with a
    sanitizer that would find in them nothing that other tests do not run too."""
    if not sanitized and SLACK > 1:
        print("SKIPPED: not under a sanitizer")
        sys.exit(SKIPPED)
    for program in (RACKMETERD, RACKMETER, SIMULATOR):
        if not os.access(program, os.X_OK):
            print(f"SKIPPED: {program} is not there; build it, or set RACKMETER_BUILD")
            sys.exit(SKIPPED)
    if at_once and len(sys.argv) == 1:
        _all_at_once()
    unittest.main(verbosity=2)
