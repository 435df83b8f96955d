# SPDX-License-Identifier: Apache-2.0
"""A folder of captures (walks of real devices, with what each of their objects reads) and the
judgement of one object: did what rackmeter read from it come out as the folder says? Numbers are
fractions all the way. It knows nothing of profiles: only classes of sensors and units.
"""
import csv
import json
import os
import re
import subprocess
from fractions import Fraction

HERE = os.path.dirname(os.path.abspath(__file__))

# What the targets are about: these categories of devices, these classes of sensors.
CATEGORIES = ("rack_pdu", "meter", "ups", "bmc", "cooling", "env", "ats")
CLASSES = ("power", "current", "voltage", "power_consumed", "temperature", "humidity", "frequency",
           "power_factor", "load", "fanspeed", "charge", "runtime")

# class of sensor -> the quantities that it may be; a class that is not here is told by its unit.
QUANTITIES = {
    "power": r"(power_w|apparent_power_va|reactive_power_var)$", "current": r"current_a$",
    "voltage": r"voltage_v$", "temperature": r"(temperature|dew_point)_c$", "humidity": r"humidity_pct$",
    "frequency": r"frequency_hz$", "power_factor": r"power_factor$", "load": r"load_pct$",
    "power_consumed": r"(reactive_|apparent_)?energy_", "fanspeed": r"fan_rpm$",
    "charge": r"charge_pct$", "runtime": r"(runtime_s|on_battery_s)$", "state": r"(state|alarm_flags)$",
}

# unit of the folder -> (rackmeter's unit, factor)
UNITS = {
    "W": [("W", 1)], "VA": [("VA", 1)], "var": [("var", 1)], "A": [("A", 1)], "V": [("V", 1)],
    "mA": [("A", Fraction(1, 1000))], "Hz": [("Hz", 1)], "C": [("degC", 1)], "%": [("%", 1)],
    "rpm": [("rpm", 1)], "1": [("1", 1), ("%", 1)], "enum": [("1", 1)], "kWh": [("Wh", 1000)],
    "kVAh": [("VAh", 1000)], "kvarh": [("varh", 1000)], "min": [("s", 60)],
    "s": [("s", 1)], "kPa": [("Pa", 1000)], "l/m": [("l/min", 1)], "dBm": [("dBm", 1)],
    "cfm": [("m3/h", Fraction("1.699010796"))],
}

MATCHED, MISSING, WRONG_UNIT, WRONG_VALUE, UNNAMED = (
    "matched", "missing", "wrong unit", "wrong value", "not named")


class Row:
    """One expectation: this object reads as this value, in the folder's unit."""

    def __init__(self, cells):
        self.capture, self.os, self.oid = cells["capture"], cells["os"], cells["oid"]
        self.kind, self.raw, self.unit = cells["sensor_class"], cells["raw_value"], cells["unit"]
        self.suspect = cells["suspect"]
        try:
            # expected_value is at times another program's divisor: raw and scale are the facts.
            self.step = abs(Fraction(cells["scale"]))
            self.value = Fraction(self.raw) * Fraction(cells["scale"])
            if cells["user_func"] == "fahrenheit_to_celsius":
                self.value, self.step = (self.value - 32) * 5 / 9, self.step * 5 / 9
        except ValueError:  # a text such as "54 VDC"
            text = cells["expected_value"]
            self.value = Fraction(text)
            self.step = Fraction(1, 10 ** len(text.partition(".")[2]))

    def __str__(self):
        return f"{self.capture}: {self.kind} {self.oid} raw {self.raw}, " \
               f"{float(self.value):.10g} {self.unit}"

    def allows(self, point):
        """The factor that brings the row's unit to the point's; None: another quantity."""
        pattern = QUANTITIES.get(self.kind)
        if pattern and not re.match(pattern, point["quantity"]):
            return None
        for unit, factor in UNITS.get(self.unit, []):
            if unit == point["unit"]:
                return factor
        return None

    def _judge_one(self, point, slack):
        if point["value"] is None:
            return MISSING, f"{point['quantity']} is absent: {point.get('cause')}"
        factor = self.allows(point)
        if factor is None:
            return WRONG_UNIT, f"{point['part']} {point['quantity']} in {point['unit']}"
        if self.kind == "state":
            if point["raw"] != self.value:
                return WRONG_VALUE, f"{point['part']} state is {point['raw']}"
            clear = point["quantity"] == "alarm_flags" and point["raw"] == 0  # no bit to name
            return (MATCHED, "") if clear or point.get("state") else \
                (UNNAMED, f"{point['part']} state {point['raw']} has no name")
        if abs(point["value"] - self.value * factor) > self.step * factor * slack:
            return WRONG_VALUE, f"{point['part']} {point['quantity']} is {float(point['value'])}"
        return MATCHED, ""

    def severity(self, points):
        """How bad what the row says is, as the profile has it; None: no state reads it so."""
        for point in points:
            if point["quantity"] in ("state", "alarm_flags") and self._judge_one(point, 0)[0] == MATCHED:
                return point["severity"]
        return None

    def judge(self, points, slack=Fraction(1, 2)):
        """points: those that read the row's object -> (verdict, what it was instead). slack: by
        how much of the row's last digit a value may be off."""
        order = (MATCHED, WRONG_UNIT, WRONG_VALUE, UNNAMED, MISSING)
        found = [self._judge_one(point, slack) for point in points]
        # One object may serve two points (a number and its state): the right one counts.
        return min(found, key=lambda x: order.index(x[0])) if found else (MISSING, "no point")

    def taken_for_truth(self, points):
        """A suspect row: is one of the points what the row says and should not be?"""
        for point in points:
            if point["value"] is None or self.suspect.startswith("coarse"):
                continue
            if self.suspect.startswith("sentinel"):
                return f"{point['part']} {point['quantity']} is {float(point['value'])}"
            if self.suspect == "not_active_power" and point["quantity"] != "power_w":
                continue  # told apart: the right quantity
            factor = self.allows(point)
            if factor is not None and self.value != 0 and point["value"] == self.value * factor:
                return f"{point['part']} {point['quantity']} is {float(point['value'])}"
        return None


class Capture:
    """One walk: what it is of, and its rows."""

    def __init__(self, name, path, category, os_name):
        self.name, self.path, self.category, self.os = name, path, category, os_name
        self.rows, self.suspect = [], []


def _table(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def load(folder):
    """The captures of a folder by name: each .snmprec with its rows of expect.csv."""
    told = {cells["capture"]: cells for cells in _table(folder, "identify.csv")}
    found = {}
    for file in sorted(os.listdir(folder)):
        name, form = os.path.splitext(file)
        if form == ".snmprec":
            cells = told.get(name, {})
            found[name] = Capture(name, os.path.join(folder, file), cells.get("category") or "?",
                                  cells.get("os") or name.partition("_")[0])
    for cells in _table(folder, "expect.csv"):
        capture = found.get(cells["capture"])
        if capture:
            (capture.suspect if cells["suspect"] else capture.rows).append(Row(cells))
    return found


def families(path=os.path.join(HERE, "families.csv")):
    """os -> its profiles. An os may have several lines: they add up."""
    found = {}
    with open(path, encoding="utf-8") as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                name, _, profiles = line.strip().partition(",")
                found.setdefault(name, set()).update(profiles.split())
    return found


def misses(path=os.path.join(HERE, "misses.csv")):
    """(capture or os, pattern of OIDs, reason): rows that are not read, and why."""
    with open(path, encoding="utf-8", newline="") as f:
        lines = [line for line in f if line.strip() and not line.startswith("#")]
    found = []
    for cells in csv.reader(lines):
        if len(cells) != 3 or not cells[2].strip():
            raise ValueError(f"{path}: {cells}: capture or os, OID, reason")
        pattern = re.escape(cells[1]).replace(r"\*", r"[0-9.]+")
        found.append((cells[0], re.compile(pattern + r"(\.[0-9.]+)?$"), cells[2]))
    return found


def _line(row, known, finer):
    for line in known:
        if line[0] in (row.capture, row.os) and line[1].match(row.oid) and \
                line[2].startswith("finer: ") == finer:
            return line
    return None


def explained(row, known):
    """The line of misses() with the reason of a miss, None when it has none. A reason that begins
    with "table:" says that the row itself is wrong, and holds whatever was read."""
    return _line(row, known, False)


def finer(row, known):
    """The line and the object that tells the same with more digits, "finer: OID, what" as the
    reason; or None and None."""
    line = _line(row, known, True)
    if not line:
        return None, None
    below = line[1].match(row.oid).group(1) or ""
    return line, line[2].split()[1].rstrip(",") + below


def probe(rackmeter, endpoint, *arguments, env=None, timeout_s=60):
    """`rackmeter probe` -> (what it says, numbers as exact decimals; None) or (None, why not), or
    both of a device that is known, but of which no point has a value.
    Raises when the program crashes, hangs or does not say why in one line."""
    argv = [rackmeter, "probe", endpoint, "--format", "json", *arguments]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=timeout_s,
                              stdin=subprocess.DEVNULL, errors="replace", check=False)
    except subprocess.TimeoutExpired as e:
        raise RuntimeError(f"{endpoint}: does not end within {timeout_s} s") from e
    said = json.loads(done.stdout, parse_float=Fraction, parse_int=Fraction) if done.stdout else None
    if done.returncode == 0:
        return said, None
    lines = done.stderr.splitlines()
    if done.returncode != 1 or len(lines) != 1:
        raise RuntimeError(f"{endpoint}: exit {done.returncode}: {done.stderr[-2000:]}")
    return said, lines[0].split(": ", 2)[-1]


def points_by_oid(found):
    by = {}
    for point in found["points"]:
        if "oid" in point:
            by.setdefault(point["oid"], []).append(point)
    return by
