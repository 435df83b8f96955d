#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is needed to build is told once, in packaging/packages.sh: debian/control and the table of
README.md name the same packages."""
import re

import lintlib

top = lintlib.root()
found = lintlib.Findings()
PACKAGES, CONTROL, README = "packaging/packages.sh", "packaging/debian/control", "README.md"
# What every Debian package may take for granted (build-essential), and what builds packages.
GRANTED = {"gcc", "libc6-dev"}
PACKAGERS = {"debhelper-compat", "dh-sequence-installsysusers"}

shell = lintlib.text(top, PACKAGES)
lists = {name: set(words.split()) for name, words in re.findall(
    r'(\w+_PACKAGES)="([^"]*)"', shell)}
build, tests = lists.get("BUILD_PACKAGES", set()), lists.get("TEST_PACKAGES", set())
control = lintlib.text(top, CONTROL)
field = re.search(r"^Build-Depends:((?:.*\n)(?:[ \t].*\n)*)", control, re.M)
told = set()
for item in field.group(1).split(",") if field else ():
    told |= {re.sub(r"[ (<\[].*", "", choice.strip()) for choice in item.split("|")}
told.discard("")
for name in sorted(build - GRANTED - told):
    found.add(CONTROL, 1, f"Build-Depends lacks {name}, which {PACKAGES} builds with")
for name in sorted(told - build - tests - PACKAGERS - {"pkgconf"}):
    found.add(CONTROL, 1, f"Build-Depends has {name}, which {PACKAGES} does not know")
table = set()
for names in re.findall(r"^\| ([a-z0-9][^|]*) \| [^|]+ \|$", lintlib.text(top, README), re.M):
    table |= set(names.split(", "))
for name in sorted(build - table - {"libc6-dev"}):
    found.add(README, 1, f"the table of what is needed lacks {name}")
found.end(3)
