# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""Every Modbus device of tests/fixtures/devices behind one line: what `rackmeter probe` reads is what
the fixture expects, and it knows by itself those that a register tells apart."""
import csv
import json
import os
from decimal import Decimal
from fractions import Fraction

import foreign
import rmtest
import shelf

DEVICES = os.path.join(rmtest.FIXTURES, "devices")
# Slots of Open Compute's shelves give the unit address, and with it the family; 0: no rule knows
# this family, a person must name it; all others are known at any address.
UNITS = {"ocp-orv3-psu": 200, "ocp-hpr-psu": 150, "ocp-orv2-psu": 160, "ocp-orv3-bbu": 64,
         "ocp-hpr-bbu": 48, "ocp-hpr-pmm": 32, "ocp-orv3-tether": 8, "ocp-rpu": 12,
         "camille-bauer-aplus": 0, "carlo-gavazzi-em24": 0,
         "elkor-wattson": 0, "finder-7m38": 0, "huawei-ups2000": 0, "inepro-pro380": 0,
         "janitza-umg511": 0, "janitza-umg604": 0, "janitza-umg96": 0, "liebert-crv": 0,
         "liebert-dcd": 0, "liebert-ds": 0, "lovato-dmg610": 0, "phoenix-contact-empro": 0,
         "pqplus-umd96": 0, "raritan-xerus": 0, "siemens-pac1600": 0, "socomec-diris-b30": 0,
         "socomec-ups-jbus": 0}


def fixture(name):
    """Its rows and the slave that holds its registers; None when it is no Modbus device."""
    with open(os.path.join(DEVICES, name + ".csv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
    tables = {"holding": {}, "input": {}}
    for row in rows:
        table, _, address = row["oid_or_register"].partition(":")
        if table not in tables:
            return None
        for i in range(0, len(row["raw"]), 4):
            tables[table][int(address) + i // 4] = int(row["raw"][i:i + 4], 16)
    return rows, shelf.Unit(holding=tables["holding"], inputs=tables["input"])


class Devices(rmtest.Case):
    def probe(self, unit, *arguments):
        return self.rackmeter("probe", f"modbus-rtutcp://127.0.0.1:{self.modbus_port}/{unit}",
                              "--format", "json", *arguments)

    def check(self, name, rows, done):
        self.assertEqual(done.status, 0, f"{name}: {done}")
        found = json.loads(done.out, parse_float=Decimal, parse_int=Decimal)
        self.assertEqual(found["profile"], name, found["rule"])
        values = {(p["part"], p["quantity"]): p["value"] for p in found["points"]}
        for row in rows:
            key = row["part"], row["quantity"]
            if not row["part"] or key not in values:  # an identity, or a fact
                continue
            if row["expected"] == "not fitted":
                self.assertIsNone(values[key], f"{name} {key}")
            else:
                # printed with as many digits as tell one raw step from the next
                digit = Fraction(10) ** values[key].as_tuple().exponent
                wanted = Fraction(row["expected"].split()[0])  # a severity may follow
                self.assertLessEqual(abs(Fraction(values[key]) - wanted),
                                     digit / 2, f"{name} {key}: {values[key]}")

    def test_all(self):
        known = 0
        devices = {name: fixture(name)
                   for name in sorted(file[:-4] for file in os.listdir(DEVICES))}
        slaves = {name: found[1] for name, found in devices.items() if found}
        free = iter(sorted(set(range(1, 248)) - set(UNITS.values())))
        addresses = {name: UNITS.get(name) or next(free) for name in slaves}
        server = shelf.SerialServer(
            shelf.Bus({addresses[name]: slave for name, slave in slaves.items()}),
            self.modbus_port)
        self.addCleanup(server.close)
        for name, unit in addresses.items():
            rows = devices[name][0]
            self.check(name, rows, self.probe(unit, "--profile", name))
            by_itself = self.probe(unit)
            if UNITS.get(name, 1):
                self.check(name, rows, by_itself)
                known += 1
            else:
                self.assertEqual(by_itself.status, 1, f"{name}: {by_itself}")
                self.assertIn("no profile recognises this device", by_itself.err)
        print(f"{len(slaves)} Modbus devices, {known} known by a register")
        self.assertGreaterEqual(len(slaves), 40)

    def test_what_a_register_tells_beforehand(self):
        """How many outlets there are, and the scale of a meter's energies: read once, apart, and
        nothing is asked that is not there."""
        devices = {"raritan-xerus": 1, "eig-shark100": 2}
        slaves = {unit: fixture(name)[1] for name, unit in devices.items()}
        for register in range(32768, 32768 + 8 * 256):  # eight outlets, all of each block
            slaves[1].holding.setdefault(register, 0)
        bus = shelf.Bus(slaves)
        server = shelf.SerialServer(bus, self.modbus_port)
        self.addCleanup(server.close)
        foreign.site(self, [(name, f"modbus-rtutcp://127.0.0.1:{self.modbus_port}/{unit}", name,
                             None) for name, unit in devices.items()], every="1s")
        daemon = self.daemon().ready()
        for name in devices:
            self.until_rows(name, 4)
        daemon.stop()
        held = foreign.stored(self, "raritan-xerus")
        self.assertEqual(held["outlet 8", "power_w"][1], {200})
        self.assertIn(("outlet 1", "current_a"), held)
        self.assertNotIn(("outlet 9", "power_w"), held)
        held = foreign.stored(self, "eig-shark100")
        self.assertEqual(held["main", "energy_wh"][1], {123456780})
        with bus.lock:
            asked = [(e[1], e[3], e[4]) for e in bus.log]
        self.assertEqual([a for a in asked if a[0] == 1 and a[1] >= 32768 + 8 * 256], [])
        self.assertEqual(asked.count((1, 3, 1)), 1)
        self.assertEqual(asked.count((2, 30005, 1)), 1)


if __name__ == "__main__":
    rmtest.main()
