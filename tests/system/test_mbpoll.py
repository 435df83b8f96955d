# SPDX-License-Identifier: Apache-2.0
"""The simulator held against clients nobody here wrote: mbpoll on its Modbus side, net-snmp's
tools on its SNMP side. What every other test rests on is so not only what our own decoder
makes of it. Values are those of the fixture files, and constants of the scene."""
import csv
import os
import re
import subprocess

import foreign
import rmtest

foreign.need("mbpoll", "snmpget", "snmpbulkwalk", "snmpwalk")

DEVICES = os.path.join(rmtest.FIXTURES, "devices")
METERS = ("schneider-pm5000", "eastron-sdm630", "ocp-orv3-psu")
AGENTS = ("apc-rpdu2", "raritan-px2", "sentry4", "dell-idrac", "hpe-ilo")
EXCEPTION_2 = "Illegal data address"

# register, type, constant, factor -> what a client must read
CONSTANTS = [(10, "s16", -1234.5, 2, -2469), (12, "s32", -1234.5, 1000, -1234500),
             (14, "f32", -1234.5, 1, -1234.5), (16, "u16", 40000, 1, 40000),
             (18, "u32", 40000, 100000, 4000000000), (20, "s64", -1234.5, 10**9, -1234500000000),
             (24, "u64", 40000, 10**9, 40000 * 10**9)]


def fixture(name):
    with open(os.path.join(DEVICES, name + ".csv"), encoding="utf-8", newline="") as f:
        rows = csv.reader(line for line in f if line[0] != "#")
        next(rows)
        return [(row[0], row[1], row[2]) for row in rows]


class Foreign(rmtest.Case):
    def scene(self):
        lines = [f"device 127.3.0.1 modbus {unit} {DEVICES}/{name}.csv"
                 for unit, name in enumerate(METERS, 1)]
        self.write("scene/flat.csv", "oid_or_register,type,raw\nholding:10,words," + "0000" * 18
                   + "\ninput:10,words," + "0000" * 18 + "\n")
        lines.append("device 127.3.0.2 modbus 247 flat.csv")
        for n, (address, kind, value, factor, _) in enumerate(CONSTANTS):
            lines.append(f"gen g{n} const {value}")
            lines += [f"set 127.3.0.2/247 {space}:{address} {kind} g{n} {factor}"
                      for space in ("holding", "input")]
        lines += [f"device 127.1.0.{k} snmp {DEVICES}/{name}.csv"
                  for k, name in enumerate(AGENTS, 1)]
        lines += ["gen load const 4321", "set 127.1.0.3 1.3.6.1.4.1.1718.4.1.3.3.1.3.1.1 load 1",
                  f"device 127.1.0.9 snmp {DEVICES}/apc-rpdu2.csv community secret"]
        return self.write("scene/scene", "\n".join(lines) + "\n")

    def mbpoll(self, host, unit, address, n, form, *arguments):
        done = subprocess.run(["mbpoll", "-m", "tcp", "-a", str(unit), "-0", "-r", str(address),
                               "-c", str(n), "-t", form, "-1", "-q", "-p", str(self.modbus_port),
                               *arguments, host],
                              capture_output=True, text=True, timeout=30, check=False)
        text = done.stdout + done.stderr
        if done.returncode != 0:
            return text
        # "[2999]: 	0x42DB", and for 16 bits "[16]: 	40000 (-25536)"
        values = re.findall(r"^\[(\d+)\]:\s+(\S+)", text, re.M)
        step = (int(values[1][0]) - int(values[0][0])) if len(values) > 1 else 1
        self.assertEqual([int(a) for a, _ in values], [address + step * i for i in range(n)], text)
        return [v for _, v in values]

    def test_modbus(self):
        self.simulator(self.scene())
        words = 0
        for unit, name in enumerate(METERS, 1):
            for where, _, raw in fixture(name):
                space, address = where.split(":")
                want = [int(raw[i:i + 4], 16) for i in range(0, len(raw), 4)]
                form = "3:hex" if space == "input" else "4:hex"
                got = self.mbpoll("127.3.0.1", unit, int(address), len(want), form)
                self.assertIsInstance(got, list, f"{name} {where}: {got}")
                self.assertEqual([int(v, 16) for v in got], want, f"{name} {where}")
                words += len(want)
        print(f"{words} registers equal the fixtures", flush=True)
        # The long words of a row are unsigned in hexadecimal, whatever mbpoll makes of a type.
        for address, kind, _, _, want in CONSTANTS:
            for space in "34":
                if kind == "f32":
                    got = self.mbpoll("127.3.0.2", 247, address, 1, space + ":float", "-B")
                    self.assertEqual([float(v) for v in got], [want], kind)
                    continue
                bits = int(kind[1:])
                got = self.mbpoll("127.3.0.2", 247, address, bits // 16, space + ":hex")
                self.assertEqual(int("".join(v[2:] for v in got), 16), want % 2**bits, kind)
                if kind == "s32":
                    got = self.mbpoll("127.3.0.2", 247, address, 1, space + ":int", "-B")
                    self.assertEqual([int(v) for v in got], [want])

    def test_modbus_refusals(self):
        sim = self.simulator(self.scene())
        self.assertIn(EXCEPTION_2, self.mbpoll("127.3.0.2", 247, 9, 1, "4"))
        self.assertIn(EXCEPTION_2, self.mbpoll("127.3.0.2", 247, 28, 2, "4"))
        # A block may run over registers that do not exist, as with most meters.
        self.assertEqual(self.mbpoll("127.3.0.2", 247, 26, 4, "4:hex")[2:], ["0x0000", "0x0000"])
        sim.tell("fault 127.3.0.2/247 exception 6")
        self.assertIn("busy", self.mbpoll("127.3.0.2", 247, 10, 1, "4"))
        sim.tell("clear 127.3.0.2/247")
        self.assertIsInstance(self.mbpoll("127.3.0.2", 247, 10, 1, "4"), list)

    def walk(self, program, host, *arguments):
        done = subprocess.run([program, "-v2c", "-c", "public", "-m", "", "-OnqeUta",
                               *arguments, f"{host}:{self.snmp_port}", ".1"],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = [line.split(" ", 1) for line in done.stdout.splitlines()]
        return {oid.lstrip("."): value for oid, value in lines if not value.startswith("No more")}

    def test_snmp(self):
        self.simulator(self.scene())
        objects = 0
        for k, name in enumerate(AGENTS, 1):
            host, want = f"127.1.0.{k}", {}
            for oid, kind, raw in fixture(name):
                if kind == "string":
                    self.assertTrue(raw.isascii() and '"' not in raw and "\\" not in raw, raw)
                    want[oid] = f'"{raw}"'
                elif kind == "hex":  # as -Oa has it
                    want[oid] = '"' + "".join(chr(c) if 0x20 <= c < 0x7f else "."
                                              for c in bytes.fromhex(raw)) + '"'
                elif kind == "oid":
                    want[oid] = "." + raw
                else:
                    want[oid] = raw
            if name == "sentry4":
                want["1.3.6.1.4.1.1718.4.1.3.3.1.3.1.1"] = "4321"
            uptime = "1.3.6.1.2.1.1.3.0"
            want.pop(uptime, None)  # goes on
            for program, arguments in (("snmpbulkwalk", ["-Cr25"]), ("snmpbulkwalk", ["-Cr7"]),
                                       ("snmpwalk", [])):
                got = self.walk(program, host, *arguments)
                got.pop(uptime, None)
                self.assertEqual(got, want, f"{name} with {program} {arguments}")
                order = [tuple(map(int, oid.split("."))) for oid in got]
                self.assertEqual(order, sorted(order))
            oids = list(want)
            for i in range(0, len(oids), 20):
                some = oids[i:i + 20]
                got = foreign.snmpget(*some, port=self.snmp_port, host=host, flags="-OqvUnea")
                self.assertEqual(got, [want[oid] for oid in some], name)
            objects += len(want)
        print(f"{objects} objects equal the fixtures: GETBULK, GETNEXT, GET", flush=True)

    def test_snmp_refusals(self):
        self.simulator(self.scene())
        descr = "1.3.6.1.2.1.1.1.0"
        port = self.snmp_port
        self.assertIsNone(foreign.snmpget(descr, port=port, host="127.1.0.9"))
        self.assertTrue(foreign.snmpget(descr, port=port, host="127.1.0.9", community="secret"))
        self.assertIn("No Such", foreign.snmpget("1.3.6.1.2.1.1.99.0", port=port,
                                                 host="127.1.0.1")[0])
        done = subprocess.run(["snmpget", "-v1", "-c", "public", "-m", "", "-On",
                               f"127.1.0.1:{port}", descr, "1.3.6.1.2.1.1.99.0", "-Cf"],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertIn("noSuchName", done.stdout + done.stderr)


if __name__ == "__main__":
    rmtest.main()
