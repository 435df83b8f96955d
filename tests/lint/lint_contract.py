#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The public views are a contract (schema/README.md): what columns version N of it has stands in
tests/fixtures/contract/N.csv. A column that is no longer there, or not in its place, needs a new
version in schema/views/v_contract.sql. New views and new columns at the end are free, and get into
the file by

    lint_contract.py ROOT --update
"""
import os
import re
import sqlite3
import sys

import lintlib

update = "--update" in sys.argv
if update:
    sys.argv.remove("--update")
top = lintlib.root()
found = lintlib.Findings()
db = sqlite3.connect(":memory:")
for folder in ("schema/migrations", "schema/views"):
    for path in lintlib.files(top, ".sql", folders=(folder,)):
        try:
            db.executescript(lintlib.text(top, path))
        except sqlite3.Error as error:
            found.add(path, 1, f"SQLite says: {error}")
views = {}
for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'view' AND "
                          "(name GLOB 'v_*' OR name GLOB 'alert_*') ORDER BY name").fetchall():
    try:
        views[name] = [row[1] for row in db.execute(f"PRAGMA table_info({name})")]
    except sqlite3.Error as error:
        found.add(f"schema/views/{name}.sql", 1, f"SQLite says: {error}")

README = "schema/README.md"
told = set(re.findall(r"`(\w+)`", "\n".join(
    line.split(" | ")[0] for line in lintlib.text(top, README).split("\n") if line[:1] == "|")))
for name in sorted(set(views) - told):
    found.add(README, 1, f"the tables of views lack {name}")

(version,) = db.execute("SELECT version FROM v_contract").fetchone() if "v_contract" in views else (0,)
golden = f"tests/fixtures/contract/{version}.csv"
if update:
    os.makedirs(os.path.dirname(os.path.join(top, golden)), exist_ok=True)
    with open(os.path.join(top, golden), "w", encoding="utf-8") as f:
        f.write("view,columns\n" + "".join(f"{n},{' '.join(c)}\n" for n, c in views.items()))
elif not os.path.exists(os.path.join(top, golden)):
    found.add(golden, 1, "is missing: lint_contract.py ROOT --update writes it")
else:
    for number, line in enumerate(lintlib.text(top, golden).split("\n")[1:], 2):
        name, _, columns = line.partition(",")
        columns = columns.split()
        if name and views.get(name, [])[:len(columns)] != columns:
            missing = sorted(set(columns) - set(views.get(name, [])))
            found.add(golden, number, f"{name} does not begin with these columns any more"
                      f"{': lacks ' + ', '.join(missing) if missing else ''}; a reader's query would "
                      "break: keep them, or raise the version in schema/views/v_contract.sql, say so "
                      "in NEWS.md and --update")
found.end(len(views))
