# SPDX-License-Identifier: Apache-2.0
"""Register images of real meters, served by Debian's pymodbus: what rackmeterd stores and what
`rackmeter probe` prints is what the published test vectors of those meters say.

Each image is served twice: sparse, where a register outside the image is refused with exception
2 and blocks have to be split around the holes, and padded with zeros. A float may differ from
the vector by half a canonical step of its quantity, an integer not at all."""
import csv
import os
import struct
import sys
from fractions import Fraction

import foreign
import rmtest

# device in vectors.csv -> image, profile
METERS = {"Schneider PM5330": ("schneider_pm5330.csv", "schneider-pm5000"),
          "Schneider PM3200 (single phase wired)": ("schneider_pm3200_1phase.csv",
                                                    "schneider-pm3200"),
          "Eastron SDM630": ("eastron_sdm630.csv", "eastron-sdm630")}
ABSENT = {0xFFC00000, 0x80008000}  # what Schneider shows for what is not measured


def image(path):
    """address -> word; the first line says which function reads them."""
    with open(path, encoding="utf-8") as f:
        function = 4 if "function code 4" in f.readline() else 3
        return function, {int(a): int(w, 16) for a, w in csv.reader(f)}


def serve(host, port, path, padded):
    """The server's process."""
    from pymodbus.datastore import (ModbusServerContext, ModbusSlaveContext,
                                    ModbusSparseDataBlock)
    from pymodbus.server import StartTcpServer
    function, words = image(path)
    if padded:
        words = {a: words.get(a, 0) for a in range(4000)}
    block, none = ModbusSparseDataBlock(words), ModbusSparseDataBlock({0: 0})
    unit = ModbusSlaveContext(hr=block if function == 3 else none,
                              ir=block if function == 4 else none, zero_mode=True)
    StartTcpServer(context=ModbusServerContext(slaves={1: unit}, single=False),
                   address=(host, port))


def place(name):
    """voltage_l1_l2_v, as the vectors call it -> the part of the device that it is of"""
    words = name.split("_")
    lines = [w.upper() for w in words if w in ("l1", "l2", "l3")]
    if len(lines) == 2:
        return "line " + "-".join(lines)
    if lines:
        return "phase " + lines[0]
    if "avg" in words:
        return "line average" if name.endswith("_l_l_v") else "average"
    return "main"


def number(row):
    """The number in a vector's words, without its scale."""
    pairs = row["words"].split()
    data = bytes.fromhex("".join(reversed(pairs) if row["word_order"] == "lsw" else pairs))
    code = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "u64": ">Q", "s64": ">q",
            "f32": ">f", "f64": ">d"}[row["type"]]
    return Fraction(struct.unpack(code, data)[0])


def vectors(folder, device):
    """register -> (exact value in our unit, is it an integer, part)"""
    found = {}
    with open(os.path.join(folder, "vectors.csv"), encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            if row["device"] != device:
                continue
            value = number(row)
            assert abs(value - Fraction(row["decoded"])) <= abs(value) / 10**6, row
            if device.startswith("Schneider") and row["quantity"].startswith("pf_") and value > 1:
                value = 2 - value  # how these meters write a leading power factor
            space = "input" if row["function_code"] == "4" else "holding"
            found[f"{space}:{row['address']}"] = (value * Fraction(row["scale"]),
                                                  row["type"] == "s64", place(row["quantity"]))
    return found


def steps():
    path = os.path.join(rmtest.SOURCE, "schema", "quantities.csv")
    with open(path, encoding="utf-8", newline="") as f:
        rows = csv.DictReader(line for line in f if not line.startswith("#"))
        return {row["name"]: Fraction(row["step"]) for row in rows}


class Pymodbus(rmtest.Case):
    def check(self, padded):
        step = steps()
        site, port = [], self.modbus_port
        for k, (device, (file, profile)) in enumerate(METERS.items(), 1):
            host = f"127.0.0.{k}"
            process = rmtest.Process(self, "pymodbus", [
                sys.executable, "-B", os.path.abspath(__file__), "--serve", host, str(port),
                os.path.join(MODBUS, "images", file), "padded" if padded else "sparse"])
            rmtest.until("pymodbus listens", lambda h=host: listens(h, port, process))
            site.append((profile, f"modbus://{host}:{port}/1", profile, None))
        foreign.site(self, site)
        daemon = self.daemon().ready()
        for name, *_ in site:
            self.until_rows(name, 3)
        daemon.stop()

        wrong = []
        for (device, (file, profile)), (_, endpoint, *_) in zip(METERS.items(), site):
            expected = vectors(MODBUS, device)
            function, words = image(os.path.join(MODBUS, "images", file))
            space = "input" if function == 4 else "holding"
            points = {p["register"]: p for p in
                      foreign.probe(self, endpoint, "--profile", profile)["points"]}
            held = foreign.stored(self, profile)
            bad = set()
            for register, (value, exact, part) in expected.items():
                point = points.get(register)
                if point is None:
                    bad.add(register)
                    wrong.append(f"{device}: no point covers {register}")
                    continue
                if point["part"] != part:
                    bad.add(register)
                    wrong.append(f"{device} {register}: is of {part}, not {point['part']}")
                within = 0 if exact else step[point["quantity"]] / 2
                _, values = held[point["part"], point["quantity"]]
                for where, got in [("probe", {point["value"]}), ("database", values)]:
                    if len(got) != 1 or None in got or abs(next(iter(got)) - value) > within:
                        bad.add(register)
                        wrong.append(f"{device} {register} {point['part']} {point['quantity']}: "
                                     f"{where} has {[g and float(g) for g in got]}, expected "
                                     f"{float(value)}")
            matched = len(expected) - len(bad)
            # A pattern that says "not measured" is no value; neither is what is not there.
            unsupported = missing = 0
            for register, point in points.items():
                address = int(register.split(":")[1])
                pair = words.get(address), words.get(address + 1)
                if None not in pair and (pair[0] << 16 | pair[1]) in ABSENT \
                        and profile.startswith("schneider"):
                    unsupported += 1
                elif None in pair and not padded:
                    missing += 1
                else:
                    continue
                _, values = held.get((point["part"], point["quantity"]), (0, set()))
                if point["value"] is not None or values:
                    wrong.append(f"{device} {register}: {point} is a value")
            if profile.startswith("schneider"):
                self.assertGreater(unsupported, 0)
            print(f"{device:38} {matched} of {len(expected)} vectors, {unsupported} marked "
                  f"as not measured, {missing} outside the image ({space})", flush=True)
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong) + self.tell())

    def test_orders_of_words(self):
        """Vectors of no device: every type and order that telegraf's own tests have. Each gets
        registers of its own, and floats a scale that leaves five digits before the point."""
        rows, words, wanted = [], {}, {}
        with open(os.path.join(MODBUS, "vectors.csv"), encoding="utf-8", newline="") as f:
            rows = [row for row in csv.DictReader(f) if row["device"].startswith("(generic)")]
        points = []
        for k, row in enumerate(rows):
            value, exact = number(row), not row["type"].startswith("f")
            value *= Fraction(row["scale"])
            # the published result was a double, cast to the type of the register
            self.assertLess(abs(value - Fraction(row["expected"])),
                            1 + abs(value) / 10**15 if exact else abs(value) / 10**6, row)
            power = 0
            while not exact and abs(value) * 10**power < 10000:
                power += 1
            name, address = f"vector {k}", 8 * k
            words |= {address + i: int(w, 16) for i, w in enumerate(row["words"].split())}
            scale = Fraction(row["scale"]) * 10**power
            points.append(f"  - {{{'energy_wh' if exact else 'voltage_v'}: {address}, part: {name}, "
                          f"type: {row['type']}, order: {row['word_order'] or 'msw'}_first, "
                          f"scale: {scale}, source: {row['quantity']}}}\n")
            wanted[name] = value * 10**power, 0 if exact else Fraction(1, 2000)
        self.write("profiles/vectors.yaml", "profile: vectors\ntitle: t\nvendor: v\n"
                   "category: meter\nprotocol: modbus\npoints:\n" + "".join(points))
        self.write("image.csv", "# function code 3\n" +
                   "".join(f"{a},{w:04X}\n" for a, w in words.items()))
        process = rmtest.Process(self, "pymodbus", [
            sys.executable, "-B", os.path.abspath(__file__), "--serve", "127.0.0.1",
            str(self.modbus_port), self.path("image.csv"), "sparse"])
        rmtest.until("pymodbus listens", lambda: listens("127.0.0.1", self.modbus_port, process))
        self.env["RACKMETER_PROFILES"] = self.path("profiles")
        found = {p["part"]: p for p in
                 foreign.probe(self, f"modbus://127.0.0.1:{self.modbus_port}/1", "--profile",
                               "vectors")["points"]}
        for name, (value, within) in wanted.items():
            got = found[name]["value"]
            if value > 10**18:  # more than any counter may hold: told, not believed
                self.assertIsNone(got, name)
                self.assertIn("range", found[name]["cause"])
            else:
                self.assertIsNotNone(got, f"{name}: {found[name]}")
                self.assertLessEqual(abs(got - value), within, f"{name}: {float(value)}")
        self.assertGreaterEqual(len(wanted), 20)
        print(f"{len(wanted)} of {len(wanted)} vectors of words, orders and scales")

    def test_padded(self):
        self.check(padded=True)

    def test_sparse(self):
        self.check(padded=False)


def listens(host, port, process):
    assert process.popen.poll() is None, process.log()
    with rmtest.socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex((host, port)) == 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(sys.argv[2], int(sys.argv[3]), sys.argv[4], sys.argv[5] == "padded")
        sys.exit(0)
    MODBUS = foreign.folder("RACKMETER_MODBUS")
    try:
        import pymodbus.server  # noqa: F401
    except ImportError as missing:
        foreign.skip(f"Debian's python3-pymodbus does not load: {missing}")
    rmtest.main()
