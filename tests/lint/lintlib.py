# SPDX-License-Identifier: Apache-2.0
"""What the lints share: which files there are, C without its comments and strings, and how a
finding is told. A lint is `lint_NAME.py ROOT`: FILE:LINE: what is wrong; exit 1 when there is."""
import os
import re
import sys

FOLDERS = ("collector", "schema", "tests", "packaging", "dashboards", ".ci")


def root():
    if len(sys.argv) != 2 or not os.path.isdir(sys.argv[1]):
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} ROOT")
    return os.path.abspath(sys.argv[1])


def files(top, *endings, folders=FOLDERS):
    """Paths below top, relative to it, sorted; build folders and caches are none of ours."""
    found = []
    for folder in folders:
        for path, dirs, names in os.walk(os.path.join(top, folder)):
            dirs[:] = sorted(d for d in dirs if d != "__pycache__")
            found += [os.path.relpath(os.path.join(path, n), top) for n in names
                      if not endings or n.endswith(endings)]
    if folders is FOLDERS:
        found += [n for n in os.listdir(top) if os.path.isfile(os.path.join(top, n))
                  and (not endings or n.endswith(endings))]
    return sorted(found)


def text(top, path):
    with open(os.path.join(top, path), encoding="utf-8", errors="surrogateescape") as f:
        return f.read()


TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def code(source, strings=False):
    """C with comments (and, unless asked for, the insides of strings) blanked; lines stay."""
    def blank(m):
        t = m.group(0)
        if t[0] == "/":
            return re.sub(r"[^\n]", " ", t)
        return t if strings else t[0] + " " * (len(t) - 2) + t[0]
    return TOKEN.sub(blank, source)


class Findings:
    def __init__(self):
        self.lines = []

    def add(self, path, line, what):
        self.lines.append((path, line, what))

    def end(self, looked_at):
        """Prints all and exits; a lint that looked at nothing has failed too."""
        for path, line, what in sorted(self.lines):
            print(f"{path}:{line}: {what}")
        if not looked_at:
            print("looked at no file: is this the root of the project?")
        sys.exit(1 if self.lines or not looked_at else 0)
