#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""SECURITY.md claims nothing without a test: each file that it names is there, each test that it names
stands in that file, each row of its tables names one; and no program is started, as it says."""
import os
import re

import lintlib

STARTS = re.compile(r"(?<![\w.>])(popen|system|execl\w*|execv\w*|posix_spawnp?|fork|vfork|dlopen|"
                    r"sqlite3_enable_load_extension)\s*\(")
# The child gives up root before it opens the database, and starts nothing.
ALLOWED = {("collector/cli/db_doctor.c", "fork")}

top = lintlib.root()
found = lintlib.Findings()
lines = lintlib.text(top, "SECURITY.md").split("\n")
tests = {p: lintlib.text(top, p) for p in lintlib.files(top, ".py", ".c", folders=("tests",))}
for number, line in enumerate(lines, 1):
    for path, names in re.findall(r"`((?:tests|packaging)/[\w./-]+)`(?:: ((?:`\w+`(?:, )?)+))?", line):
        if not os.path.exists(os.path.join(top, path)):
            found.add("SECURITY.md", number, f"there is no {path}")
        for name in re.findall(r"\w+", names):
            if not re.search(rf"\b(def|void) {name}\(", tests.get(path, "")):
                found.add("SECURITY.md", number, f"{path} has no test {name}")
    for name in re.findall(r"`(test_\w+)`", line):
        if not any(re.search(rf"\b(def|void) {name}\(", text) for text in tests.values()):
            found.add("SECURITY.md", number, f"there is no test {name}")
    if line.startswith("| ") and "shown by" not in line and "`tests/" not in line:
        found.add("SECURITY.md", number, "a claim without a test")
paths = lintlib.files(top, ".c", folders=("collector",))
for path in paths:
    for number, line in enumerate(lintlib.code(lintlib.text(top, path)).split("\n"), 1):
        if (m := STARTS.search(line)) and (path, m.group(1)) not in ALLOWED:
            found.add(path, number, f"{m.group(1)}(): rackmeter starts no program, see SECURITY.md")
found.end(len(paths))
