# SPDX-License-Identifier: Apache-2.0
# ctest: solo
"""1,000 rack PDUs for half a minute: every poll is made in time and stored whole. Runs alone,
because what it measures is the machine's too. tests/bench/thousand.sh is the long one."""
import rmtest
import thousand


class Thousand(rmtest.Case):
    def test_no_poll_is_late(self):
        figures = thousand.Figures(self, every_s=10, seconds=30)
        print("\n" + "\n".join(figures.lines()), flush=True)
        thousand.check(self, figures)


if __name__ == "__main__":
    rmtest.main()
