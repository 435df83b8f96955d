# SPDX-License-Identifier: Apache-2.0
"""Every walk of a folder through `rackmeter probe walk:FILE`, held against the folder's own table
of what its objects read. Judging one object is captures.py's; this file counts and prints.
"""
import argparse
import collections
import concurrent.futures
import os
import sys

import captures
from captures import CATEGORIES, CLASSES, MATCHED, MISSING, UNNAMED, WRONG_UNIT, WRONG_VALUE

SOURCE = os.path.dirname(os.path.dirname(captures.HERE))
BUILD = os.environ.get("RACKMETER_BUILD") or os.path.join(SOURCE, "build", "dev")
BESIDE = os.path.join(os.path.dirname(SOURCE), "shared", "devices")
FALLBACKS = {"ups-mib", "entity-sensor"}  # standard MIBs: read, but not as one's own family
SEVERITIES = ("ok", "unknown", "warning", "critical")
OWN, FALLBACK, OTHER, NONE = "own", "fallback", "other", "none"


class Outcome:
    """What became of one capture."""

    def __init__(self, capture):
        self.capture = capture
        self.profile = self.why = self.error = None
        self.identified = NONE
        self.verdicts = []   # (row, verdict, what)
        self.believed = []   # (suspect row, what)
        self.severities = [] # (row, severity) of states that are right
        self.finer = set()   # lines of misses.csv by which another object was judged


def run_one(capture, rackmeter, env, family, known=(), endpoint=None):
    out = Outcome(capture)
    try:
        found, out.why = captures.probe(rackmeter, endpoint or "walk:" + capture.path, env=env)
    except (RuntimeError, ValueError) as e:
        out.error, found = str(e), None
    by = {}
    if found:
        out.profile = found["profile"]
        by = captures.points_by_oid(found)
        if "rival" in found:
            out.error = f"{capture.name}: a rule of {found['rival']} says as much as that of " \
                        f"{out.profile}"
    elif out.why and "nothing that profile" in out.why:
        # Trimmed to what identifies the device: recognised all the same.
        out.profile = out.why.split("nothing that profile ", 1)[1].split()[0]
    if out.profile:
        out.identified = (OWN if out.profile in family else
                          FALLBACK if out.profile in FALLBACKS else OTHER)
    for row in capture.rows:
        line, twin = captures.finer(row, known) if row.oid not in by else (None, None)
        if twin in by:
            out.finer.add(line)
        out.verdicts.append((row, *(row.judge(by.get(twin, []), slack=1) if twin else
                                    row.judge(by.get(row.oid, [])))))
        severity = row.severity(by.get(row.oid, [])) if row.kind == "state" else None
        if severity:
            out.severities.append((row, severity))
    for row in capture.suspect:
        what = row.taken_for_truth(by.get(row.oid, []))
        if what:
            out.believed.append((row, what))
    return out


def run(chosen, rackmeter=None, profiles=None):
    """The outcome of each capture, two at a time."""
    rackmeter = rackmeter or os.path.join(BUILD, "collector", "rackmeter")
    env = {**os.environ,
           "RACKMETER_PROFILES": profiles or os.path.join(SOURCE, "schema", "profiles")}
    family, known = captures.families(), captures.misses()
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(lambda c: run_one(c, rackmeter, env, family.get(c.os, set()) |
                             family.get(c.name, set()), known), chosen))


class Count:
    def __init__(self):
        self.n = collections.Counter()

    def add(self, verdict, reason):
        self.n["rows"] += 1
        self.n["explained" if reason else verdict] += 1

    def share(self):
        return 100.0 * self.n[MATCHED] / self.n["rows"] if self.n["rows"] else 100.0

    def line(self):
        n = self.n
        return (f"{n['rows']:6} {n[MATCHED]:8} {n['explained']:9} {n[MISSING]:8} "
                f"{n[WRONG_UNIT]:6} {n[WRONG_VALUE]:6} {n[UNNAMED]:8} {self.share():7.1f}%")


class Summary:
    """All outcomes counted: by category and class, and as the few numbers that are aimed at."""

    def __init__(self, outcomes):
        self.outcomes, self.known = outcomes, captures.misses()
        self.used = set().union(*(out.finer for out in outcomes))
        self.by = collections.defaultdict(Count)
        self.values, self.states = Count(), Count()
        self.reasons = {}
        self.wrong, self.missing, self.errors = [], [], []
        self.identified = collections.defaultdict(collections.Counter)
        for out in outcomes:
            group = out.capture.category + ("" if out.capture.rows or out.capture.suspect
                                            else " (no sensors)")
            self.identified[group][out.identified] += 1
            if out.error:
                self.errors.append(out.error)
            for row, verdict, what in out.verdicts:
                self._row(out.capture, row, verdict, what)
        self.believed = [(out.profile, row, what) for out in outcomes for row, what in out.believed]

    def _row(self, capture, row, verdict, what):
        line = captures.explained(row, self.known) if verdict != MATCHED else None
        reason = line[2] if line else None
        if verdict != MISSING and reason and not reason.startswith("table:"):
            reason = None  # a miss was explained, but something is read, and wrongly
        if reason:
            self.reasons[row] = reason
            self.used.add(line)
        elif verdict != MATCHED:
            (self.missing if verdict == MISSING else self.wrong).append((row, verdict, what))
        self.by[capture.category, row.kind].add(verdict, reason)
        if capture.category in CATEGORIES and row.kind in CLASSES:
            self.values.add(verdict, reason)
        if capture.category in CATEGORIES and row.kind == "state":
            self.states.add(verdict, reason)

    def stale(self):
        """Lines of misses.csv that explain nothing in these captures: (capture or os, reason)."""
        return [(who, reason) for who, pattern, reason in self.known
                if (who, pattern, reason) not in self.used]

    def own_share(self):
        """Percent of the walks with sensors that are identified as their own family."""
        n = [out for out in self.outcomes if out.capture.rows or out.capture.suspect]
        return 100.0 * sum(out.identified == OWN for out in n) / len(n) if n else 100.0

    def print_table(self):
        print(f"{'category':10} {'class':15} {'rows':>6} {'matched':>8} {'explained':>9} "
              f"{'missing':>8} {'unit':>6} {'value':>6} {'unnamed':>8}")
        for key in sorted(self.by, key=lambda k: (k[0] not in CATEGORIES, k[0],
                                                  k[1] not in CLASSES, k[1])):
            print(f"{key[0]:10} {key[1]:15} {self.by[key].line()}")

    def print_identified(self):
        print(f"\n{'captures of':22} {'all':>5} {OWN:>5} {FALLBACK:>8} {OTHER:>6} {NONE:>5}")
        for group in sorted(self.identified):
            n = self.identified[group]
            print(f"{group:22} {sum(n.values()):5} {n[OWN]:5} {n[FALLBACK]:8} {n[OTHER]:6} "
                  f"{n[NONE]:5}")
        for out in self.outcomes:
            if out.profile and out.identified != OWN:
                print(f"  {out.capture.name} (os {out.capture.os}) is read as {out.profile}")

    def print_severities(self):
        """State rows by category and severity, and the profiles of which all rows are ok."""
        by, of = collections.defaultdict(collections.Counter), collections.defaultdict(collections.Counter)
        for out in self.outcomes:
            for _, severity in out.severities:
                by[out.capture.category][severity] += 1
                of[out.profile][severity] += 1
        print(f"\n{'state rows of':22} " + " ".join(f"{s:>8}" for s in SEVERITIES))
        for group in sorted(by):
            print(f"{group:22} " + " ".join(f"{by[group][s]:8}" for s in SEVERITIES))
        fine = sorted(p for p, n in of.items() if set(n) == {"ok"})
        print(f"profiles with state rows: {len(of)}; of these all rows are ok: "
              f"{', '.join(fine) or 'none'}")

    def print_states(self):
        for out in self.outcomes:
            for row, severity in out.severities:
                print(f"STATE {severity}: {row}: {out.profile}")

    def print_numbers(self):
        print(f"\nidentified as their own family, walks with sensors: {self.own_share():.1f} %\n"
              f"values:  {self.values.line()}\nstates:  {self.states.line()}\n"
              f"suspect rows stored as truth: {len(self.believed)}, errors: {len(self.errors)}")

    def print_wrong(self):
        for row, verdict, what in self.wrong:
            print(f"WRONG {verdict}: {row}: {what}")
        for profile, row, what in self.believed:
            print(f"SUSPECT ({row.suspect}): {row}: {profile}: {what}")
        for error in self.errors:
            print(f"ERROR {error}")

    def print_missing(self):
        for out in self.outcomes:
            if out.identified == NONE:
                print(f"UNKNOWN {out.capture.name} (os {out.capture.os}): {out.why or out.error}")
        for row, _, what in self.missing:
            print(f"MISSING {row}: {what}")
        for row, reason in self.reasons.items():
            print(f"EXPLAINED {row}: {reason}")

    def good(self):
        return not (self.wrong or self.believed or self.errors)


def select(found, options):
    chosen = [c for c in found.values()
              if (not options.category or c.category in options.category) and
              (not options.os or c.os in options.os) and
              (not options.capture or c.name in options.capture)]
    if not chosen:
        sys.exit("conformance: no capture is selected")
    return chosen


def main():
    parser = argparse.ArgumentParser(
        prog="conformance.sh", description="Replays every walk of DIR and compares what is read "
        "with DIR/expect.csv. Exit status 1 when anything is wrong (missing rows are no error).")
    parser.add_argument("dir", nargs="?", default=os.environ.get("RACKMETER_DEVICES") or BESIDE,
                        metavar="DIR", help="folder of captures ($RACKMETER_DEVICES, else "
                        "shared/devices beside the checkout)")
    parser.add_argument("--category", action="append", help="only this category; may be repeated")
    parser.add_argument("--os", action="append", help="only this os; may be repeated")
    parser.add_argument("--capture", action="append", help="only this capture; may be repeated")
    parser.add_argument("--missing", action="store_true",
                        help="list the missing rows and the unknown devices too")
    parser.add_argument("--severities", action="store_true",
                        help="list each state that is right with its severity")
    parser.add_argument("--rackmeter", help="the program (build/dev/collector/rackmeter)")
    parser.add_argument("--profiles", help="folder of profiles (schema/profiles)")
    options = parser.parse_args()
    if not os.path.isdir(options.dir):
        parser.error(f"{options.dir} is no folder of captures; name it, or set RACKMETER_DEVICES")
    summary = Summary(run(select(captures.load(options.dir), options), options.rackmeter,
                          options.profiles))
    summary.print_table()
    summary.print_identified()
    summary.print_severities()
    summary.print_numbers()
    summary.print_wrong()
    if options.severities:
        summary.print_states()
    if options.missing:
        summary.print_missing()
    return 0 if summary.good() else 1


if __name__ == "__main__":
    sys.exit(main())
