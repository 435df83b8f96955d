#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Who may include whom (ARCHITECTURE.md), and which library belongs to which folder."""
import fnmatch
import re

import lintlib

MAY = {
    "base": "",
    "config": "base schema",
    "inventory": "base schema config",
    "schedule": "base",
    "transport": "base schema config inventory",
    "decode": "base schema config inventory",
    "group": "base schema config inventory",
    "store": "base schema",
    "report": "base schema store",
    "daemon": "base schema config inventory schedule transport decode group store",
    "cli": "base schema config inventory schedule transport decode group store report daemon",
}
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

top = lintlib.root()
found = lintlib.Findings()
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
                    found.add(path, line, f"{mine}/ has no rule in {__file__}: add it there and "
                              "to ARCHITECTURE.md")
                elif folder and folder != mine and folder not in MAY[mine].split():
                    found.add(path, line, f"{mine}/ may not include {folder}/ "
                              f"(only: {MAY[mine] or 'nothing'})")
        elif parts[1] == "sim" and quote == '"' and folder:
            found.add(path, line, "the simulator shares no code with the collector")
found.end(len(paths))
