#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""1,000 rack PDUs every 10 s for two minutes; prints the row for RESULTS.md. Called by
thousand.sh, which builds what it measures. Beside it stands the floor: as many packets of the
same size, echoed bare (udp_floor.c), after the run on the same machine."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import rmtest    # noqa: E402
import thousand  # noqa: E402


class Bench(rmtest.Case):
    def test_two_minutes(self):
        figures = thousand.Figures(self, every_s=10, seconds=120)
        print("\n" + "\n".join(figures.lines()))
        floor = float(subprocess.run([os.environ["UDP_FLOOR"], str(figures.requests),
                                      str(figures.request_bytes), str(figures.answer_bytes), "64"],
                                     check=True, capture_output=True, text=True).stdout)
        print("| date | machine | command | what | late | gaps | CPU | memory | samples/s | "
              "CPU/request | floor | ratio |\n|" + "---|" * 12)
        print(figures.table_row("sh tests/bench/thousand.sh", floor), flush=True)
        thousand.check(self, figures)


if __name__ == "__main__":
    rmtest.main()
