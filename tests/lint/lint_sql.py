#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""SQL stands in schema/, not in C: only store/ may hold a statement (pragmas and savepoints of
its own), and each query there is asked for by some C file."""
import re

import lintlib

STATEMENT = re.compile(r'"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|WITH)\s+'
                       r'(?=[\w*"(])[^"]*\b(FROM|INTO|SET|TABLE|VIEW|INDEX|AS)\b')

top = lintlib.root()
found = lintlib.Findings()
paths = lintlib.files(top, ".c", ".h", folders=("collector",))
asked = ""
for path in paths:
    source = lintlib.text(top, path)
    asked += source
    if path.startswith("collector/store/"):
        continue
    body = lintlib.code(source, strings=True)
    for m in STATEMENT.finditer(body):
        found.add(path, body.count("\n", 0, m.start()) + 1,
                  "SQL belongs into schema/queries/NAME.sql, run through store/query")
asked += "".join(lintlib.text(top, p) for p in lintlib.files(top, ".c", folders=("tests",)))
for path in lintlib.files(top, ".sql", folders=("schema/queries",)):
    name = path.rsplit("/", 1)[1][:-len(".sql")]
    if f'"{name}"' not in asked:
        found.add(path, 1, f'no C file asks for "{name}"')
found.end(len(paths))
