#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Includes: a .c file's own header first (or the one of its folder that declares what it defines),
then <system> in order, then "ours" in order, each once; headers begin with #pragma once."""
import re

import lintlib

INCLUDE = re.compile(r'^#include\s*([<"])([^>"]+)[>"]')
# Headers that need others before them, said by their own manuals.
FREE = ("net-snmp/", "cmocka.h", "setjmp.h", "stdarg.h", "stddef.h", "stdint.h")

top = lintlib.root()
found = lintlib.Findings()
paths = lintlib.files(top, ".c", ".h", folders=("collector", "schema"))
for path in paths:
    source = lintlib.text(top, path)
    if path.endswith(".h") and "\n#pragma once\n" not in source:
        found.add(path, 1, "a header needs #pragma once")
    beside = "collector/" if path.startswith("collector/") else ""
    folder = path.rsplit("/", 1)[0].split("/")[-1] + "/"
    own = folder + path.rsplit("/", 1)[1][:-2] + ".h"
    has_own = path.endswith(".c") and path[:-2] + ".h" in paths
    includes, conditional = [], 0
    for number, line in enumerate(lintlib.code(source, strings=True).split("\n"), 1):
        if re.match(r"#\s*if", line):
            conditional += 1
        elif re.match(r"#\s*endif", line):
            conditional -= 1
        m = INCLUDE.match(line)
        if m and not conditional:
            includes.append((number, *m.groups()))
    seen = set()
    for number, _, header in includes:
        if header in seen:
            found.add(path, number, f"{header} is included twice")
        seen.add(header)
    if path.endswith(".c"):
        lead = []
        while len(lead) < 2 and includes and includes[0][1] == '"' and \
                includes[0][2].startswith(folder):
            lead.append(includes.pop(0))
        # A folder's private header may be the one that brings the file's own.
        if has_own and not any(header == own or f'"{own}"' in lintlib.text(top, beside + header)
                               for _, _, header in lead):
            found.add(path, 1, f'the first include is "{own}", the file\'s own header')
    last = (0, "")
    for number, quote, header in includes:
        if header.startswith(FREE):
            continue
        key = (1 if quote == "<" else 2, header)
        if key < last:
            found.add(path, number, f"{header} stands behind {last[1]}: <system> first, then "
                      "\"ours\", each in order")
        last = key
found.end(len(paths))
