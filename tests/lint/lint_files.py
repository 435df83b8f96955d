#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each source file: an SPDX line at its head, a comment behind it that says what it owns, not
longer than 800 lines, no trailing blanks, an end of line at the end; C 100 columns wide."""
import re

import lintlib

SOURCES = (".c", ".h", ".py", ".sh", ".sql", ".yaml", ".cmake", "CMakeLists.txt", ".ci/run")
SPDX = "SPDX-License-Identifier: Apache-2.0"
LONGEST = 800
WIDEST = 100

top = lintlib.root()
found = lintlib.Findings()
paths = [p for p in lintlib.files(top)
         if p.endswith(SOURCES) and not p.startswith("tests/fixtures/")]
for path in paths:
    source = lintlib.text(top, path)
    lines = source.split("\n")
    if SPDX not in "\n".join(lines[:2]):
        found.add(path, 1, f"the first line (behind #!) is the {SPDX} comment")
    head = "\n".join(lines[1:5])
    if path.endswith((".c", ".h", ".py", ".sh")) and not re.search(r'/\*|//|"""|^#', head, re.M):
        found.add(path, 2, "say in one short block what this file owns and why it is shaped so")
    if len(lines) > LONGEST + 1:
        found.add(path, LONGEST + 1, f"{len(lines) - 1} lines, {LONGEST} at most: split it")
    if source and not source.endswith("\n"):
        found.add(path, len(lines), "no end of line at the end of the file")
    for number, line in enumerate(lines, 1):
        if line.rstrip() != line:
            found.add(path, number, "blanks at the end of the line")
        if path.endswith((".c", ".h")) and len(line.expandtabs(8)) > WIDEST:
            found.add(path, number, f"{len(line.expandtabs(8))} columns, 100 is meant")
found.end(len(paths))
