#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom (ARCHITECTURE.md), and which library belongs to which folder."""
import fnmatch
import re

import lintlib

# header -> the only files that may include it
LIBRARIES = {
    "net-snmp/": ["collector/transport/snmp*"],
    "modbus": ["collector/transport/modbus*"],
    "sqlite3.h": ["collector/store/*"],
    "yaml.h": ["collector/config/yamldoc.c"],
    "csv.h": ["collector/config/*"],
    "json-c/": ["collector/report/*", "collector/cli/*"],
    "microhttpd": ["collector/daemon/metrics.c"],
    "systemd/": ["collector/daemon/*", "collector/base/log.c"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
# | `collector/base/` | what it owns | may include |
ROW = re.compile(r"^\| `(?:collector/)?(\w+)/` \|.*\| ([\w ]+) \|$", re.M)


def rules(top):
    """folder -> the folders it may include, from the table of ARCHITECTURE.md."""
    rows = dict(ROW.findall(lintlib.text(top, "ARCHITECTURE.md")))
    may = {}
    for folder, words in rows.items():
        if words.startswith("all but "):
            may[folder] = set(rows) - set(words[len("all but "):].replace(" and ", " ").split())
        else:
            may[folder] = {"all": set(rows), "nothing": set()}.get(words, set(words.split()))
        for unknown in may[folder] - set(rows):
            found.add("ARCHITECTURE.md", 1, f"{folder}/ may include {unknown}/, which has no row")
    return may


top = lintlib.root()
found = lintlib.Findings()
MAY = rules(top)
paths = lintlib.files(top, ".c", ".h", folders=("collector", "tests"))
for path in paths:
    source = lintlib.code(lintlib.text(top, path), strings=True)
    parts = path.split("/")
    for m in INCLUDE.finditer(source):
        line = source.count("\n", 0, m.start(2)) + 1
        quote, header = m.groups()
        folder = header.split("/")[0] if "/" in header else ""
        if parts[0] == "collector":
            if quote == "<":
                for prefix, allowed in LIBRARIES.items():
                    if header.startswith(prefix) and not any(fnmatch.fnmatch(path, a)
                                                             for a in allowed):
                        found.add(path, line, f"<{header}> belongs to {' and '.join(allowed)}")
            elif len(parts) == 3:
                mine = parts[1]
                if folder == "collector" or header.startswith("."):
                    found.add(path, line, f'"{header}": say "FOLDER/FILE.h"')
                elif mine not in MAY:
                    found.add(path, line, f"{mine}/ has no row in ARCHITECTURE.md: add one")
                elif folder and folder != mine and folder not in MAY[mine]:
                    found.add(path, line, f"{mine}/ may not include {folder}/ "
                              f"(only: {' '.join(sorted(MAY[mine])) or 'nothing'})")
        elif parts[1] == "sim" and quote == '"' and folder:
            found.add(path, line, "the simulator shares no code with the collector")
found.end(len(paths))
