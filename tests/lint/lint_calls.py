#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Functions that are never called, libmodbus's that write to a device among them, and two that only
base/clock.c may call."""
import re

import lintlib

NEVER = {
    "sprintf": "snprintf", "vsprintf": "vsnprintf", "strcpy": "snprintf, or memcpy of a known size",
    "strcat": "snprintf", "strncpy": "snprintf (it ends the text)", "strncat": "snprintf",
    "atoi": "text_to_i64", "atol": "text_to_i64", "atoll": "text_to_i64", "atof": "text_to_double",
    "strtok": "strtok_r or strcspn", "gets": "fgets or getline", "tmpnam": "mkstemp",
    "alloca": "malloc", "rand": "a generator with a seed", "sleep": "a timer of the loop",
    "usleep": "a timer of the loop", "setlocale": "nothing, or LC_CTYPE in the main file",
    **{f"modbus_{what}": "nothing: devices are only read" for what in (
        "write_bit", "write_bits", "write_register", "write_registers", "mask_write_register",
        "write_and_read_registers")},
}
CLOCK = {"time", "gettimeofday", "clock_gettime", "clock"}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(sorted(set(NEVER) | CLOCK)) + r")\s*\(")

top = lintlib.root()
found = lintlib.Findings()
paths = lintlib.files(top, ".c", ".h", folders=("collector", "schema", "tests"))
for path in paths:
    for number, line in enumerate(lintlib.code(lintlib.text(top, path)).split("\n"), 1):
        for m in CALL.finditer(line):
            name = m.group(1)
            if name == "setlocale" and "LC_CTYPE" in line:
                continue
            if name in NEVER and not (name.startswith("modbus") and path.startswith("tests/")):
                found.add(path, number, f"{name}(): use {NEVER[name]}")
            elif path.startswith("collector/") and path != "collector/base/clock.c":
                found.add(path, number, f"{name}(): only base/clock.c asks for the time")
found.end(len(paths))
