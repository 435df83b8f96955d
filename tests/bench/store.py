#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the programs that store.sh has built, and prints each figure beside what is wanted of it.
  store.py DIR [--site] [--peers] [PDUS [HOURS [HOURS-OF-PLAIN-TABLES]]]"""
import argparse
import datetime
import os
import subprocess
import sys

import store_peers

HALL = 2000
AWAY = ("", "-wal", "-shm", ".lock")


class Bench:
    def __init__(self, folder):
        self.dir = folder
        self.wanted = []  # (what, figure, wanted, met)

    def run(self, program, *arguments, keep=False):
        """The lines a program prints, in fields."""
        db = os.path.join(self.dir, "bench.db")
        arguments = [db if a == "DB" else str(a) for a in arguments]
        done = subprocess.run([os.path.join(self.dir, program), *arguments], check=False,
                              stdout=subprocess.PIPE, text=True)
        if not keep:
            for suffix in AWAY:
                if os.path.exists(db + suffix):
                    os.unlink(db + suffix)
        if done.returncode:
            sys.exit(f"{program} {' '.join(arguments)}: failed")
        return [line.split("|") for line in done.stdout.splitlines()]

    def keep(self, mode, n, hours):
        """Figures of store_keep by name."""
        fields = self.run("store_keep", mode, "DB", n, hours)[0][2:]
        names = ("samples", "cpu", "stored", "written", "commit", "step", "mb", "checkpoint")
        return dict(zip(names, map(float, fields)))

    def want(self, what, figure, wanted, unit="", digits=1):
        """One row: wanted is the most it may be."""
        self.wanted.append((what, f"{figure:.{digits}f}{unit}", f"{wanted:g}{unit}",
                            "yes" if figure <= wanted else "**no**"))

    def show(self):
        print("\n| what | figure | at most | met |\n|---|---|---|---|")
        for row in self.wanted:
            print("| " + " | ".join(row) + " |")


def keeping(bench, pdus, hours, plain):
    append = bench.keep("append", pdus, plain)
    ours = bench.keep("ours", pdus, hours)
    naive = bench.keep("naive", pdus, plain)
    print("\n| what | samples | CPU ns/sample | stored bytes/sample | written bytes/sample | "
          "longest commit ms | longest step ms | ours/this: CPU | stored | written |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for what, f in (("ring, chunks, rollups", ours), ("row per sample + index", naive),
                    ("row per sample, no index", append)):
        print(f"| {what}, {pdus} PDUs | {f['samples']:.0f} | {f['cpu']:.0f} | {f['stored']:.2f} | "
              f"{f['written']:.1f} | {f['commit']:.0f} | {f['step']:.0f} | "
              f"{ours['cpu'] / f['cpu']:.3f} | {ours['stored'] / f['stored']:.3f} | "
              f"{ours['written'] / f['written']:.4f} |")
    bench.want("stored bytes per sample", ours["stored"], 1.6, digits=2)
    bench.want("stored, of naive", ours["stored"] / naive["stored"], 1 / 25, digits=3)
    bench.want("CPU per sample, of naive", ours["cpu"] / naive["cpu"], 0.1, digits=3)
    bench.want("CPU per sample, of append-only", ours["cpu"] / append["cpu"], 1 / 3, digits=3)
    bench.want("written, of naive", ours["written"] / naive["written"], 1 / 20, digits=4)


def rates(bench, name, f, most_mb):
    bench.want(f"written bytes per sample, {name}", f["written"], 20)
    bench.want(f"longest transaction of polls, {name}", f["commit"], 250, " ms", 0)
    bench.want(f"longest step of an hour that is finished, {name}", f["step"], 250, " ms", 0)
    bench.want(f"memory of writer and compaction, {name}", f["mb"], most_mb, " MB", 0)


def reading(bench):
    for _, what, rows, ms, wanted in bench.run("store_read", "DB"):
        unit = "" if "each" in what else " ms"
        bench.want(f"{what} ({rows})", float(ms), float(wanted), unit)


def dense(bench):
    for _, what, figure, wanted, unit in bench.run("store_dense", "DB", 20, 24):
        bench.want(what, float(figure), float(wanted), unit, 2)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("dir")
    p.add_argument("--site", action="store_true")
    p.add_argument("--peers", action="store_true")
    p.add_argument("pdus", nargs="?", type=int, default=500)
    p.add_argument("hours", nargs="?", type=float, default=4.2)
    p.add_argument("plain", nargs="?", type=float, default=0.7)
    a = p.parse_intermixed_args()
    bench = Bench(a.dir)
    release = os.uname().release.split("-", maxsplit=1)[0]
    print(f"{datetime.date.today()}, {os.cpu_count()} cores, Linux {release}, load "
          f"{os.getloadavg()[0]:.1f}, `sh tests/bench/store.sh {' '.join(sys.argv[2:])}`", flush=True)
    keeping(bench, a.pdus, a.hours, a.plain)
    # page cache (16 MB) and 64 MB
    rates(bench, f"HALL ({HALL} PDUs)", bench.keep("ours", HALL, 2.1), 80)
    if a.site:
        rates(bench, "SITE", bench.keep("site", 100, 1.1), 80)
    _, pdus, speed, queries, wal, *_ = bench.run("store_wal", "DB", HALL, 5, 60)[0]
    bench.want(f"WAL, {pdus} PDUs at {speed} times their rate, five readers ({queries} queries)",
               float(wal), 25, " MB")
    reading(bench)
    dense(bench)
    if a.peers:
        store_peers.against(bench)
    bench.show()
    print("\n| of months, `store_month` | how much | time |\n|---|---|---|")
    for row in bench.run("store_month", "DB", 1000, 30):
        print("| " + " | ".join(row[1:]) + " |")


if __name__ == "__main__":
    main()
