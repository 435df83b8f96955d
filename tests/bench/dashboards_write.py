# SPDX-License-Identifier: Apache-2.0
"""The readers of dashboards_write.sh: a process per dashboard asks all of its queries again and again,
until the writer has ended."""
import json
import multiprocessing
import os
import pathlib
import platform
import shutil
import subprocess
import sys
from datetime import date

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "dashboards"))
import fixture  # noqa: E402
import run  # noqa: E402

BUILD, SECONDS, PDUS = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])


def refresh(path, db, now, stop, counts, index):
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    while not stop.is_set():
        page = run.Run(db, 0, now)
        page.plan = lambda query: None  # reading is what is measured
        chosen = page.variables(path.stem, dashboard["templating"]["list"], 0)
        for panel in run.checks.panels(dashboard):
            for target in panel.get("targets", []):
                if stop.is_set():
                    break
                page.target(path.stem, panel["title"], panel["type"], target, chosen,
                            {name: page.spans()[name] for name in ("6 h", "30 d")})
        counts[index] += page.n_queries
        if page.problems:
            print("\n".join(page.problems), file=sys.stderr)


def main():
    copy = pathlib.Path("build/bench/dashboards-write.db")
    fixture.remove(copy)
    made = fixture.make(BUILD, "large")
    now = run.newest(made)  # the writer begins another run
    shutil.copy(made, copy)
    pages = sorted((BUILD / "dashboards/grafana").glob("rackmeter-*.json"))
    stop, counts = multiprocessing.Event(), multiprocessing.Array("q", len(pages))
    with subprocess.Popen([BUILD / "tests/bench/bench_dashboards_write", copy, str(PDUS), str(SECONDS)],
                          stdout=subprocess.PIPE, text=True) as writer:
        if writer.stdout.readline().strip() != "ready":
            sys.exit("the writer did not begin")
        readers = [multiprocessing.Process(target=refresh, args=(path, copy, now, stop, counts, i))
                   for i, path in enumerate(pages)]
        for reader in readers:
            reader.start()
        told = writer.stdout.read().strip().split("|")
        stop.set()
        for reader in readers:
            reader.join()
    fixture.remove(copy)
    if writer.returncode or told[0] != "written":
        sys.exit("the writer failed")
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.release().split('-')[0]}"
    print("| date | machine | command | dashboards | queries | samples/s | largest WAL MB | "
          "longest commit ms | longest step of an hour ms | longest checkpoint ms | commit and step "
          "without waiting for a processor |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    print(f"| {date.today()} | {machine} | `sh tests/bench/dashboards_write.sh {SECONDS} {PDUS}` | "
          f"{len(pages)} | {sum(counts)} | {int(told[3]) // SECONDS} | " + " | ".join(told[4:8]) + f" | {told[8]}, {told[9]} ms |")


main()
