# SPDX-License-Identifier: Apache-2.0
"""What the tests against foreign programs and real captures share: where the captures are,
what each is expected to read, a small site around given devices, and what the database holds
of it. Numbers are fractions all the way: right to the last digit means equal, not close.
"""
import csv
import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction

import rmtest

# Rows of these classes are what the profile of a family must cover, when their object belongs
# to the family's own MIBs. Others (states, counts, percentages of wear) may be left out.
MUST_COVER = {"power", "current", "voltage", "power_consumed", "temperature", "humidity",
              "frequency", "power_factor", "load", "fanspeed"}

# profile -> the branches of its MIBs, and the captures that it is for.
FAMILIES = {
    "apc-rpdu2": (["1.3.6.1.4.1.318.1.1.26", "1.3.6.1.4.1.318.1.1.12"],
                  ["apc_ap8959eu3", "apc_ap7900b"]),
    "raritan-px2": (["1.3.6.1.4.1.13742.6"], ["raritan-pdu_px3", "raritan-pdu_px2-temp"]),
    "sentry4": (["1.3.6.1.4.1.1718.4"], ["sentry4", "sentry4_switched"]),
    "dell-idrac": (["1.3.6.1.4.1.674.10892.5", "1.3.6.1.4.1.674.10892.2"],
                   ["drac_r540", "drac_idrac7", "drac_m1000e", "drac_1", "drac_2"]),
    "hpe-ilo": (["1.3.6.1.4.1.232"],
                ["hpe-ilo", "hpe-ilo_4", "hpe-ilo_5", "hpe-ilo_5_with_bat_checks"]),
}

# Units of the captures' table -> factor to ours.
UNIT = {"W": 1, "A": 1, "V": 1, "Hz": 1, "C": 1, "%": 1, "rpm": 1, "1": 1, "enum": 1, "VA": 1,
        "kWh": 1000, "": 1}


def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(rmtest.SKIPPED)


def folder(name):
    """The folder an environment variable names; without it the test is skipped."""
    path = os.environ.get(name)
    if not path or not os.path.isdir(path):
        skip(f"{name} does not name the folder of real captures")
    return path


def need(*programs):
    """Skips when a program is not installed; sbin counts as in the path."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for program in programs:
        if not shutil.which(program):
            skip(f"{program} is not installed")


class Row:
    """One expectation: this object reads as this value, in rackmeter's unit."""

    def __init__(self, cells):
        self.oid, self.kind, self.raw = cells["oid"], cells["sensor_class"], cells["raw_value"]
        # expected_value is at times another program's divisor: raw and scale are the facts.
        self.value = Fraction(self.raw) * Fraction(cells["scale"]) * UNIT[cells["unit"]]

    def __str__(self):
        return f"{self.kind} {self.oid} raw {self.raw}"


def expectations(devices, captures):
    """capture -> rows that are truth (not suspect)."""
    found = {name: [] for name in captures}
    with open(os.path.join(devices, "expect.csv"), encoding="utf-8", newline="") as f:
        for cells in csv.DictReader(f):
            if cells["capture"] in found and not cells["suspect"]:
                found[cells["capture"]].append(Row(cells))
    return found


def must_cover(profile, row):
    inside = any(row.oid.startswith(branch + ".") for branch in FAMILIES[profile][0])
    return inside and row.kind in MUST_COVER


def probe(case, endpoint, *arguments):
    """`rackmeter probe`, its numbers as exact decimals."""
    done = case.rackmeter("probe", endpoint, "--format", "json", *arguments)
    case.assertEqual(done.status, 0, f"{endpoint}: {done}")
    return json.loads(done.out, parse_float=Fraction, parse_int=Fraction)


class Tally:
    """Counts of one capture, and what was wrong with it."""

    def __init__(self, name, profile):
        self.name, self.profile = name, profile
        self.matched = self.covered = self.uncovered = self.slow = 0
        self.wrong = []

    def add(self, row, point, value):
        """point: which one reads the row's object, None: none; value: what it read."""
        if point is None:
            self.uncovered += 1
            if must_cover(self.profile, row):
                self.wrong.append(f"{self.name}: no point covers {row}")
            return
        self.covered += 1
        if value == row.value:
            self.matched += 1
        else:
            shown = "nothing" if value is None else str(float(value))
            self.wrong.append(f"{self.name}: {row}: {point['part']} {point['quantity']} is {shown},"
                              f" expected {float(row.value)}")

    def line(self):
        slow = f", {self.slow} polled less often than the test lasts" if self.slow else ""
        return (f"{self.name:28} {self.profile:12} {self.matched:4} matched of {self.covered} "
                f"covered, {self.uncovered} not covered{slow}")


def site(case, devices, credentials=("ro", "public"), every="2s"):
    """A site of one rack; devices: (name, endpoint, profile, credential or None[, every])."""
    if isinstance(credentials, tuple):
        credentials = dict([credentials])
    case.write("config/rackmeter.yaml", f"""version: 1
site: foreign
zone: UTC
database: ../rackmeter.db
credentials: credentials.yaml
intervals: {{default: {every}, group: {every}}}
""")
    case.write("config/credentials.yaml", "credentials:\n" + "".join(
        f"  {name}: {{version: 2c, community: {community}}}\n"
        for name, community in credentials.items()), 0o600)
    case.write("config/racks.csv", "rack,hall,row,pos,status\nR1,H1,r1,1,live\n")
    lines = ["device,endpoint,profile,credential,every,rack,use"]
    for name, endpoint, profile, credential in devices:
        lines.append(f"{name},{endpoint},{profile},{credential or ''},,R1,check")
    case.write("config/devices.csv", "\n".join(lines) + "\n")


def stored(case, device):
    """(part, quantity) -> (step of its scan in s, set of every value stored, null left out)."""
    slots = {}
    for part, quantity, scan, slot, mul, div, offset, step in case.rows("""
            SELECT s.part, q.name, p.scan, p.slot, p.mul, p.div, p.offset, max(g.step_s)
            FROM entity AS e JOIN series AS s ON s.entity = e.id
            JOIN quantity AS q ON q.id = s.quantity JOIN point AS p ON p.series = s.id
            JOIN scan_grid AS g ON g.scan = p.scan
            WHERE e.kind = 'device' AND e.name = ? AND p.valid_to IS NULL GROUP BY p.id""", device):
        slots.setdefault(scan, []).append((part, quantity, slot, mul, div, offset, step))
    found = {}
    for scan, points in slots.items():
        rows = case.ring_rows("h.scan = ?", scan).values()
        for part, quantity, slot, mul, div, offset, step in points:
            raws = {row[slot] for row in rows if slot < len(row)} - {None}
            found[part, quantity] = (step, {Fraction(raw * mul, div) + Fraction(offset)
                                            for raw in raws})
    return found


def snmpget(*arguments, port, host="127.0.0.1", community="public", program="snmpget",
            flags="-Oqvn"):
    """The lines net-snmp's own tool prints, or None when nothing answers."""
    done = subprocess.run([program, "-v2c", "-c", community, "-t", "2", "-r", "1", "-m", "", flags,
                           f"{host}:{port}", *arguments],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else None
