#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""tests/soak/memory.sh in seconds: it runs to its end, prints what it promises, and its judgement tells
memory that grows from memory that does not."""
import os
import re
import subprocess
import sys

import rmtest

os.environ.setdefault("RACKMETER_BUILD", rmtest.BUILD)
SCRIPT = os.path.join(rmtest.SOURCE, "tests", "soak", "memory.py")
sys.path.insert(0, os.path.dirname(SCRIPT))
import memory  # noqa: E402  (its folder is known only now)


class Soak(rmtest.Case):
    def test_run(self):
        done = subprocess.run([sys.executable, "-B", SCRIPT, "3", "30", str(self.ports.base)],
                              env={**os.environ, "RACKMETER_MINUTE_S": "2"}, capture_output=True,
                              text=True, timeout=rmtest.LIFE_S, check=False)
        self.assertIn(done.returncode, (0, 1), done)
        self.assertEqual(len(re.findall(r"^\| \d \| [\d.]+ \|", done.stdout, re.M)), 3, done)
        self.assertRegex(done.stdout, r"median of the second third: [\d.]+ MB, of the last: [\d.]+ MB")
        self.assertIn("gaps for a full queue: 0", done.stdout)
        # so short it is still warming up: what counts is that it comes to a judgement
        self.assertRegex(done.stdout, r"(fine: it does not grow|FAILED: it grows)\n$")

    def test_judgement(self):
        def looks(mb):
            return [(minute, mb(minute + i / 12)) for minute in range(60) for i in range(12)]
        self.assertFalse(memory.judge(looks(lambda t: 60.0 - (t < 20) * 20), 60)[2])  # warming up
        self.assertFalse(memory.judge(looks(lambda t: 60.0 + (int(t) == 59) * 30), 60)[2])  # a peak
        self.assertTrue(memory.judge(looks(lambda t: 60.0 + t * 0.1), 60)[2])  # 6 MB an hour


if __name__ == "__main__":
    rmtest.main(sanitized=False)
