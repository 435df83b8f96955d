#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What no file of ours may say: paths of one machine, and notes to ourselves."""
import re

import lintlib

# Cut in two, so that this file does not find itself.
FORBIDDEN = [
    (re.compile(r"(?<![\w.])/(?:wor" r"k|hom" r"e|roo" r"t|User" r"s)/[\w.]"),
     "a path of one machine"),
    (re.compile(r"/tm" r"p/(?:brief|i\d)"), "a path of one machine"),
    (re.compile(r"\b(?:FIX" r"ME|XX" r"X|HA" r"CK)\b"), "a note to ourselves: do it or say it "
     "in words"),
    (re.compile(r"\bas an A" r"I\b|\blanguage mod" r"el\b", re.I), "the project speaks of itself"),
]
# Documents that show how to say a path use these.
ENDINGS = (".c", ".h", ".py", ".sh", ".sql", ".yaml", ".md", ".cmake", ".csv", ".txt", ".json",
           ".ci/run")

top = lintlib.root()
found = lintlib.Findings()
paths = [p for p in lintlib.files(top) if p.endswith(ENDINGS)]
for path in paths:
    for number, line in enumerate(lintlib.text(top, path).split("\n"), 1):
        for pattern, what in FORBIDDEN:
            m = pattern.search(line)
            if m:
                found.add(path, number, f"'{m.group(0)}': {what}")
found.end(len(paths))
