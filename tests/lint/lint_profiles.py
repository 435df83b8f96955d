#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every profile has a device in tests/fixtures/devices, and every device a profile. Every key that
the reader of profiles knows stands in schema/profiles/FORMAT.md."""
import re

import lintlib

top = lintlib.root()
found = lintlib.Findings()
profiles = lintlib.files(top, ".yaml", folders=("schema/profiles",))
devices = lintlib.files(top, ".csv", folders=("tests/fixtures/devices",))
names = {p.rsplit("/", 1)[1].rsplit(".", 1)[0]: p for p in profiles}
fixtures = {p.rsplit("/", 1)[1].rsplit(".", 1)[0]: p for p in devices}
for name, path in names.items():
    if name not in fixtures:
        found.add(path, 1, f"no fixture: add tests/fixtures/devices/{name}.csv")
for name, path in fixtures.items():
    if not any(name == n or name.startswith(n + "-") for n in names):
        found.add(path, 1, "its name begins with no profile's name")
    rows = [r for r in lintlib.text(top, path).split("\n") if r and not r.startswith("#")]
    columns = rows[0].split(",") if rows else []
    if columns[:3] != ["oid_or_register", "type", "raw"] or "expected" not in columns:
        found.add(path, 1, "columns are oid_or_register,type,raw,part,quantity,expected,"
                  "unit,source")

# Keys are the strings of the arrays `keys[]`, and the first of each row of point_keys.
FORMAT = "schema/profiles/FORMAT.md"
described = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`\n]+`", lintlib.text(top, FORMAT)))))
for path in lintlib.files(top, ".c", folders=("collector/inventory",)):
    code = lintlib.text(top, path) if "/profile_" in path else ""
    keys = re.findall(r'\[KEY_\w+\] = \{ "(\w+)"', code)
    for array in re.findall(r"\bkeys\[\] = \{([^}]*)\}", code):
        keys += re.findall(r'"(\w+)"', array)
    for key in keys:
        if key not in described:
            found.add(path, 1, f"{FORMAT} does not describe the key `{key}`")
found.end(len(profiles))
