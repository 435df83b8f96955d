#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Are all rows of public register maps in the profiles, as the maps have them?

modbus_maps.py DIR [--rackmeter PROGRAM]: DIR/registers.csv and DIR/ocp/*.csv against what
`rackmeter profile show` understood: table, address, type, order of words, scale, unit, quantity,
phase and direction; of alarm registers every bit that the map names. ocp_readings.csv says where
the readings are that Open Compute requires, modbus_families.csv which profile is for which device
(and which table it reads, when the map reads another), modbus_misses.csv which rows are another
way, and why. Exit status 1 when something is missing or different, or a miss explains nothing."""
import argparse
import csv
import fnmatch
import functools
import glob
import os
import re
import subprocess
import sys
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))
POINT = re.compile(r"  (?P<part>.+?) +(?P<quantity>[a-z_]+) +(?P<table>holding|input) "
                   r"(?P<address>\d+) (?P<type>\w+)(?P<order> [lm]sw_first\w*)?"
                   r"(?: bits (?P<low>\d+)\.\.\d+)?"
                   r"(?P<scaled>  x (?P<scale>-?[\d/]+)(?: (?P<offset>[+-][\d.]+))?"
                   r"(?P<from> x .*?)? (?P<unit>\S+))?(?:  |$)")
OBJECT = re.compile(r"  (?P<part>.+?) +(?P<quantity>[a-z_]+) +1\.[\d.*]+ ")
FACT = re.compile(r"  (?P<key>.+?) +(?P<table>holding|input) (?P<address>\d+)\.\.(?P<last>\d+)  ")
NAME = re.compile(r"      (?P<value>\d+) (?P<name>.+?)(?: \[\w+\])?$")
# unit of a map -> factor and ours
UNITS = {"V": (1, "V"), "A": (1, "A"), "W": (1, "W"), "VA": (1, "VA"), "var": (1, "var"),
         "Hz": (1, "Hz"), "1": (1, "1"), "%": (1, "%"), "C": (1, "degC"), "degC": (1, "degC"),
         "kWh": (1000, "Wh"), "Wh": (1, "Wh"), "kvarh": (1000, "varh"), "s": (1, "s"),
         "h": (3600, "s"), "rpm": (1, "rpm"), "Pa": (1, "Pa"), "kPa": (1000, "Pa"), "Ah": (1, "Ah"),
         "count": (1, "1"), "L/min": (1, "l/min"), "%RH": (1, "%"), "min": (60, "s"),
         "mV": (Fraction(1, 1000), "V"), "mAh": (Fraction(1, 1000), "Ah"),
         "10 mA": (Fraction(1, 100), "A"), "0.1 K": (Fraction(1, 10), "degC")}


def table(path):
    with open(path, encoding="utf-8", newline="") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def beside(name):
    """The rows of one of the tables beside this script."""
    with open(os.path.join(HERE, name), encoding="utf-8", newline="") as f:
        return [row for row in csv.reader(line for line in f if not line.startswith("#")) if row]


class Miss:
    """Rows of a map that are another way, and why: device, address or FIRST..LAST, name."""

    def __init__(self, device, addresses, name, _why):
        first, _, last = addresses.partition("..")
        self.text, self.device, self.name = f"{device} {addresses} {name}", device, name
        self.first, self.last, self.used = int(first), int(last or first), False

    def fits(self, device, address, name):
        return self.device == device and self.first <= int(address) <= self.last and \
            fnmatch.fnmatchcase(name, self.name)


class Profile:
    def __init__(self, program, name):
        done = subprocess.run([program, "profile", "show", name], capture_output=True, text=True,
                              timeout=60, check=False)
        if done.returncode:
            sys.exit(f"{name}: {done.stderr}")
        self.points, self.facts, names = {}, {}, {}
        self.readings = []  # (quantity, part)
        for line in done.stdout.splitlines():
            point, fact, named = POINT.match(line), FACT.match(line), NAME.match(line)
            if named:
                names[int(named["value"])] = named["name"]
            elif point:
                names = {}
                self.points.setdefault((point["table"], int(point["address"])), []).append(
                    (point, names))
            if found := point or OBJECT.match(line):
                self.readings.append((found["quantity"], found["part"]))
            elif fact:
                self.facts[fact["table"], int(fact["address"])] = int(fact["last"])


def place_is_right(name, point):
    """Phase and direction as the name of the map's row tells them."""
    lines = re.findall(r"_l([123])(?=_|$)", name)
    found = re.findall(r"L([123])", point["part"])
    if name.startswith(("voltage_", "current_", "power_", "pf_", "energy_", "thd_")) and \
            "inlet" not in name and sorted(lines) != sorted(found) and point["part"] not in (
                "inlet", "output", "bypass"):
        return f"is of part '{point['part']}'"
    sold = "export" in name
    if name.startswith("energy_") and sold != (
            point["quantity"] == "energy_export_wh" or "export" in point["part"]):
        return f"is {point['quantity']} of '{point['part']}'"
    return None


def compare(kind, order, scale, unit, point, offset=Fraction(0)):
    """What is different, or None."""
    if {"pf4q": "f32"}.get(point["type"], point["type"]) != kind:
        return f"is {point['type']}, not {kind}"
    if kind not in ("u16", "s16") or "swapped" in order:
        if (point["order"] or " msw_first").strip() != order:
            return f"is {(point['order'] or ' msw_first').strip()}, not {order}"
    if point["quantity"] in ("state", "alarm_flags"):
        return None
    if unit not in UNITS:
        return f"has a unit '{unit}' that nobody knows"
    factor, ours = UNITS[unit]
    if point["unit"] != ours:
        return f"is in {point['unit']}, not {ours}"
    if scale is None and point["from"]:  # the map leaves it to another register
        return None
    scale = 1 if scale is None else scale
    if point["from"] or Fraction(point["scale"]) != scale * factor:
        return f"is x {point['scale']}, not x {scale * factor}"
    if abs(Fraction(point["offset"] or 0) - offset) > Fraction(1, 10**4):
        return f"begins at {point['offset'] or 0}, not {float(offset)}"
    return None


class Tally:
    def __init__(self):
        self.covered, self.explained, self.unknown, self.found = 0, 0, 0, 0
        self.wrong = []
        self.misses = [Miss(*row) for row in beside("modbus_misses.csv")]

    def row(self, device, address, name, why):
        """why: what is wrong with it, None: nothing"""
        fitting = [m for m in self.misses if m.fits(device, address, name)] if why else []
        for miss in fitting:
            miss.used = True
        if why is None:
            self.covered += 1
        elif fitting:
            self.explained += 1
        else:
            self.wrong.append(f"{device} {address} {name}: {why}")

    def end(self):
        self.wrong += [f"{m.text}: explains no row" for m in self.misses if not m.used]
        print(f"{self.covered} rows as the maps have them, {self.explained} another way and "
              f"explained, {self.unknown} without a unit or meaning, {self.found} readings that "
              f"Open Compute requires in profiles, {len(self.wrong)} wrong")
        print("\n".join(self.wrong))
        return 1 if self.wrong else 0


def one_of(candidates, check):
    """None when one candidate is right, else what is wrong with the last."""
    why = "no point reads it"
    for candidate in candidates:
        why = check(candidate)
        if why is None:
            break
    return why


def registers(folder, profiles, tally):
    for row in table(os.path.join(folder, "registers.csv")):
        profile, space = profiles(row["device"])
        space = space or row["space"]
        address, name = int(row["address"]), row["quantity"]
        if row["type"] == "ascii":
            last = profile.facts.get((space, address))
            tally.row(row["device"], address, name,
                      None if last == address + int(row["words"]) - 1 else "no fact reads it")
            continue
        order = "lsw_first" if row["word_order"] == "lsw" else "msw_first"
        scale = Fraction(row["scale"]) if row["scale"] else None
        tally.row(row["device"], address, name, one_of(
            profile.points.get((space, address), ()),
            lambda p, r=row, o=order, s=scale: compare(r["type"], o, s, r["unit"], p[0])
            or place_is_right(r["quantity"], p[0])))


def ocp_row(row, profile):
    """-> what is wrong with one row of an Open Compute map; None: nothing, "": nothing to check."""
    points = profile.points.get(("holding", int(row["addr_dec"])), ())
    if row["class"] in ("identity", "control", "clock", "led"):
        return ""
    if row["format"] == "bits":
        wanted = {int(b) for b in re.findall(r"(?:^|; )(\d+)=", row["bits"])}
        named = {bit + int(p["low"] or 0) for p, names in points for bit in names}
        return f"bits {sorted(wanted - named)} have no name" if wanted - named else None
    unit = row["unit"].rstrip("?")
    if not unit or unit == "s since 1970":
        return None if points else ""
    offset = Fraction(row["offset"] or 0)
    if unit == "0.1 K":
        offset = Fraction(-5463, 20)
    width = 16 * int(row["words"])
    kind = f"{'s' if row['signed'] == 'yes' else 'u'}{width}"
    order = "lsw_first_swapped" if row["word_order"] == "L" else "msw_first"
    return one_of(points, lambda p: compare(kind, order, Fraction(row["multiplier"]), unit, p[0],
                                            offset))


def ocp(folder, profiles, tally):
    for path in sorted(glob.glob(os.path.join(folder, "ocp", "orv*.csv"))):
        name = os.path.basename(path)[:-4]
        for row in table(path):
            why = ocp_row(row, profiles(name)[0])
            if why == "":
                tally.unknown += 1
            else:
                tally.row(name, row["addr_dec"], row["point"], why)


def required(folder, shown, tally):
    """Open Compute's required readings, by ocp_readings.csv."""
    known = {tuple(row[:3]): row[3:] for row in beside("ocp_readings.csv")}
    wanted = {(row["equipment"], row["level"], row["reading"])
              for row in table(os.path.join(folder, "ocp", "ocp_required_readings.csv"))}
    tally.wrong += [f"{' '.join(key)}: ocp_readings.csv does not say where it is"
                    for key in sorted(wanted - known.keys())]
    tally.wrong += [f"{' '.join(key)}: nobody requires it" for key in sorted(known.keys() - wanted)]
    for key, (names, quantity, part) in known.items():
        for name in names.split():
            if not any(q == quantity and p.startswith(part) for q, p in shown(name).readings):
                tally.wrong.append(f"{' '.join(key)}: {name} has no {quantity} of '{part}'")
        tally.found += bool(names)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    arguments.add_argument("folder")
    arguments.add_argument("--rackmeter", default="rackmeter")
    given = arguments.parse_args()
    families = {device: (name, *space) for device, name, *space in beside("modbus_families.csv")}

    @functools.cache
    def shown(name):
        return Profile(given.rackmeter, name)

    def profiles(device):
        if device not in families:
            sys.exit(f"modbus_families.csv names no profile for '{device}'")
        name, *space = families[device]
        return shown(name), space[0] if space else None
    tally = Tally()
    registers(given.folder, profiles, tally)
    ocp(given.folder, profiles, tally)
    if os.path.isdir(os.path.join(given.folder, "ocp")):
        required(given.folder, shown, tally)
    return tally.end()


if __name__ == "__main__":
    sys.exit(main())
