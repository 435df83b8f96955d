#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The databases that dashboards are tested on, made once and kept in the build tree.

    fixture.py BUILD small|large      prints the file's name

A changed builder or migration makes another file (former ones go), a changed view is put into the
one that is there."""
import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# racks, days of samples, of five minutes, of hours
SIZES = {"small": (20, 1, 10, 100), "large": (500, 2, 30, 730)}
MADE_BY = ["tests/dashboards/fill.c", "tests/dashboards/load.c", "tests/dashboards/site.py",
           "tests/bench/keep.h", "schema/quantities.csv"]


def key(size):
    digest = hashlib.sha256(repr(SIZES[size]).encode())
    for path in [ROOT / name for name in MADE_BY] + sorted((ROOT / "schema/migrations").glob("*.sql")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def remove(path):
    for suffix in ("", "-wal", "-shm", ".lock"):
        pathlib.Path(str(path) + suffix).unlink(missing_ok=True)


def make(build, size):
    """The fixture's path; whoever asks meanwhile waits."""
    folder = pathlib.Path(build) / "tests/dashboards/fixtures"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{size}-{key(size)}.db"
    fill = pathlib.Path(build) / "tests/dashboards/dashboards_fill"
    env = dict(os.environ, RACKMETER_PROFILES=str(ROOT / "schema/profiles"))
    with open(folder / f"{size}.busy", "w", encoding="utf-8") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        if path.exists():
            subprocess.run([fill, path], check=True)
            return path
        for former in folder.glob(f"{size}-*"):
            remove(former)
        part = folder / f"{size}-part.db"
        with tempfile.TemporaryDirectory() as site:
            subprocess.run([sys.executable, "-B", HERE / "site.py", site, str(SIZES[size][0])],
                           check=True)
            subprocess.run([fill, part, site, *map(str, SIZES[size])], check=True, env=env,
                           stdout=sys.stderr)
        remove(pathlib.Path(f"{part}.new"))
        part.rename(path)
        remove(part)
    return path


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in SIZES:
        sys.exit("usage: fixture.py BUILD small|large")
    print(make(sys.argv[1], sys.argv[2]))
