#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""How bad the profiles call their states and alarm bits: counts per profile, and the names that sound
worse than their severity. Profiles are read through `rackmeter profile show`, so what a profile
takes from another (like:) counts as its own.
"""
import argparse
import collections
import csv
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("RACKMETER_BUILD") or os.path.join(SOURCE, "build", "dev")
SEVERITIES = ("ok", "unknown", "warning", "critical")
NAMED = re.compile(r"      -?\d+ (.+?)(?: \[(warning|critical|unknown)\])?$")
POINT = re.compile(r"  .+? +(state|[a-z_]+_flags) ")
# Words of names that are not ok, unless one of FINE stands there too.
BAD = re.compile(r"fail|fault|alarm|crit|warn|degrad|trip|error|overload|over[ -]?(temp|volt|curr|range)"
                 r"|major|minor|emergency|bypass|on[ -]?battery|deplet|lost|unknown|not available"
                 r"|unavailable|below|above|\blow\b|\bhigh\b|toolow|toohigh|^other$|leak|smoke|fire",
                 re.IGNORECASE)
FINE = re.compile(r"\bno (fault|alarm|fail|error|warn|trip|leak|smoke|fire)|no(Fault|Alarm|Error|Leak)"
                  r"|not (failed|tripped|overload|on battery|bypass)|dis(abled|armed)|cleared"
                  r"|low active",
                  re.IGNORECASE)


def show(rackmeter, names, env):
    """name -> [(quantity, [(name, severity)])]: the named points of each profile."""
    done = subprocess.run([rackmeter, "profile", "show", *names], capture_output=True, text=True,
                          env=env, timeout=60, check=True)
    found, points = {}, []
    for line in done.stdout.splitlines():
        named = NAMED.match(line)
        if not line.startswith(" ") and line.partition(":")[0] in names:
            points = found.setdefault(line.partition(":")[0], [])
        elif named and points:
            points[-1][1].append((named[1], named[2] or "ok"))
        elif line.startswith("  ") and POINT.match(line):
            points.append((POINT.match(line)[1], []))
        elif not line.startswith("      "):
            points.append((None, []))
    return {name: [(quantity, tuple(words)) for quantity, words in points if quantity and words]
            for name, points in found.items()}


def looked_at():
    """(profile, name) of severities_fine.csv: names that sound worse than they are, and why."""
    with open(os.path.join(HERE, "severities_fine.csv"), encoding="utf-8", newline="") as f:
        return {(cells[0], cells[1]) for cells in csv.reader(f)
                if len(cells) == 3 and cells[2] and not cells[0].startswith("#")}


def main():
    parser = argparse.ArgumentParser(description="Severities of states and alarm bits, by profile. "
                                     "Exit status 1 when a name sounds worse than its severity.")
    parser.add_argument("profile", nargs="*", help="only these")
    parser.add_argument("--gaps", action="store_true", help="only the names that sound worse")
    parser.add_argument("--rackmeter", default=os.path.join(BUILD, "collector", "rackmeter"))
    parser.add_argument("--profiles", default=os.path.join(SOURCE, "schema", "profiles"))
    options = parser.parse_args()
    env = {**os.environ, "RACKMETER_PROFILES": options.profiles}
    names = options.profile or sorted(f[:-5] for f in os.listdir(options.profiles)
                                      if f.endswith(".yaml"))
    total, gaps, without, fine = collections.Counter(), [], [], looked_at()
    shown = show(options.rackmeter, names, env)
    if not options.gaps:
        print(f"{'profile':30} {'points':>6} {'sets':>5} " +
              " ".join(f"{s:>8}" for s in SEVERITIES) + f" {'gaps':>5}")
    for name in names:
        points = shown[name]
        if not points:
            continue
        sets = set(points)
        count = collections.Counter(severity for _, named in sets for _, severity in named)
        worse = sorted({word for _, named in sets for word, severity in named
                        if severity == "ok" and BAD.search(word) and not FINE.search(word)})
        worse = [word for word in worse if (name, word) not in fine]
        gaps += [(name, word) for word in worse]
        total.update(count)
        total["profiles"] += 1
        if set(count) == {"ok"}:
            without.append(name)
        if not options.gaps:
            print(f"{name:30} {len(points):6} {len(sets):5} " +
                  " ".join(f"{count[s]:8}" for s in SEVERITIES) + f" {len(worse):5}")
    if not options.gaps:
        print(f"{total['profiles']} profiles with states; names by severity: " +
              ", ".join(f"{s} {total[s]}" for s in SEVERITIES))
        print(f"all ok: {len(without)}: {' '.join(without)}")
    for name, word in gaps:
        print(f"GAP {name}: '{word}' is ok: give it a severity, or say in severities_fine.csv why not")
    return 1 if gaps else 0


if __name__ == "__main__":
    sys.exit(main())
