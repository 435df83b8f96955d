#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""1,000 rack PDUs every 10 s for two minutes; prints the row for RESULTS.md. Called by
thousand.sh, which builds what it measures."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "system"))
import rmtest    # noqa: E402
import thousand  # noqa: E402


class Bench(rmtest.Case):
    def test_two_minutes(self):
        figures = thousand.Figures(self, every_s=10, seconds=120)
        print("\n" + "\n".join(figures.lines()))
        print(figures.table_row("sh tests/bench/thousand.sh"), flush=True)
        thousand.check(self, figures)


if __name__ == "__main__":
    rmtest.main()
