# SPDX-License-Identifier: Apache-2.0
"""What the tests against foreign programs and real captures share: where the captures are, a small
site around given devices, and what the database holds of it. Numbers are fractions all the way.
What a capture is expected to read is tests/devices' business.
"""
import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction

import rmtest

sys.path.insert(0, os.path.join(rmtest.SOURCE, "tests", "devices"))

def skip(why):
    print(f"SKIPPED: {why}")
    sys.exit(rmtest.SKIPPED)


def folder(name):
    """The folder an environment variable names; without it the test is skipped."""
    path = os.environ.get(name)
    if not path or not os.path.isdir(path):
        skip(f"{name} does not name a folder")
    return path


def need(*programs):
    """Skips when a program is not installed; sbin counts as in the path."""
    os.environ["PATH"] = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for program in programs:
        if not shutil.which(program):
            skip(f"{program} is not installed")


def probe(case, endpoint, *arguments):
    """`rackmeter probe`, its numbers as exact decimals."""
    done = case.rackmeter("probe", endpoint, "--format", "json", *arguments)
    case.assertEqual(done.status, 0, f"{endpoint}: {done}")
    return json.loads(done.out, parse_float=Fraction, parse_int=Fraction)


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
