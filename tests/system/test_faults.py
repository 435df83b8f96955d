#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every way in which a device can fail, each on a device of its own in one site: the right
cause is stored, never a wrong value, nobody else is disturbed, and it ends with the fault."""
import csv
import os

import rmtest

# The fault, the causes it may leave behind, whether the device counts as answering.
SNMP = {
    "silence": ("silence", {"no answer"}),
    "delay": ("delay 5000", {"no answer"}),
    "loss": ("loss 100", {"no answer"}),
    "garbage": ("garbage", {"malformed answer"}),
    "truncate": ("truncate", {"malformed answer"}),
    "wrongid": ("wrong-id", {"answer to another request"}),
    "wrongsource": ("wrong-source", {"no answer"}),
}
MODBUS = {
    "silence": ("silence", {"no answer"}),
    "delay": ("delay 5000", {"no answer"}),
    "loss": ("loss 100", {"no answer"}),
    "garbage": ("garbage", {"malformed answer", "answer to another request"}),
    "truncate": ("truncate", {"disconnected", "malformed answer"}),
    "wrongid": ("wrong-id", {"answer to another request"}),
    "wrongunit": ("wrong-unit", {"answer to another request"}),
    "exception2": ("exception 2", {"exception 2 (illegal data address)"}),
    "exception4": ("exception 4", {"exception 4 (device failure)"}),
    "exception6": ("exception 6", {"exception 6 (device busy)"}),
    "close": ("close", {"disconnected"}),
    "trickle": ("trickle", {"no answer", "deadline passed"}),
}
SPLIT = {"pdu-toobig": "too-big 5"} # no value is lost: it is asked for less at a time
OURS = {"late: the scan before was still running", "dormant", "deadline passed"}
PDU_POWER, METER_POWER = "1.3.6.1.4.1.318.1.1.26.4.3.1.5.1", "input:52"
PDU, METER, METER_WORDS = "apc-rpdu2", "eastron-sdm630", 382


def fixture(profile):
    """Rows of the fixture that hold a number: its expected values are facts of their source,
    not what our decoder makes of the raw ones."""
    with open(os.path.join(rmtest.FIXTURES, "devices", profile + ".csv"), encoding="utf-8") as f:
        for row in csv.DictReader(line for line in f if not line.startswith("#")):
            try:
                row["expected"] = float(row["expected"].partition(" ")[0])
            except (TypeError, ValueError):
                continue
            yield row


def whole_meter():
    """The meter's fixture with zeros in all registers that it leaves out."""
    image = bytearray(2 * METER_WORDS)
    for row in fixture(METER):
        at, raw = 2 * int(row["oid_or_register"].split(":")[1]), bytes.fromhex(row["raw"])
        image[at:at + len(raw)] = raw
    return f"oid_or_register,type,raw\ninput:0,words,{image.hex()}\n"


class Faults(rmtest.Case):
    def site(self):
        scene, devices = [], []
        fixtures = os.path.join(rmtest.FIXTURES, "devices")
        self.address, self.power_w = {}, {}  # each has a power of its own: no one takes another's
        for i, name in enumerate(["well-1", "well-2", "toobig", *SNMP]):
            device, where = f"pdu-{name}", f"127.11.0.{i + 1}"
            self.address[device] = where
            self.power_w[device] = 10.0 * (100 + i)
            scene += [f"device {where} snmp {fixtures}/{PDU}.csv", f"gen {device} const {100 + i}",
                      f"set {where} {PDU_POWER} {device} 1"]
            devices.append(f"{device},snmp://{where}:{self.snmp_port},{PDU},ro,1s")
        # units behind one address share its connection: unit 2 of a gateway whose unit 1 errs
        for i, name in enumerate(["well-1", "well-2", *MODBUS]):
            device, where = f"meter-{name}", f"127.12.0.{i + 1}/1"
            if name == "well-2":
                where = self.address["meter-well-1"].replace("/1", "/2")
            if name == "exception4":
                where = self.address["meter-well-1"].replace("/1", "/3")
            self.address[device] = where
            host, unit = where.split("/")
            self.power_w[device] = 3000.0 + i
            scene += [f"device {host} modbus {unit} meter.csv", f"gen {device} const {3000 + i}",
                      f"set {where} {METER_POWER} f32 {device} 1"]
            devices.append(f"{device},modbus://{host}:{self.modbus_port}/{unit},{METER},,1s")
        self.write("scene/meter.csv", whole_meter())
        self.write("scene/scene", "\n".join(scene) + "\n")
        self.write("config/credentials.yaml", "credentials:\n  ro: {version: 2c, community: public}\n",
                   0o600)
        self.write("config/rackmeter.yaml", "version: 1\nsite: faults\nzone: UTC\n"
                   "database: ../rackmeter.db\ncredentials: credentials.yaml\n"
                   "intervals: {default: 1s, group: 1s}\n")
        self.write("config/racks.csv", "rack,hall,row,pos,status\n")
        self.write("config/circuits.csv", "circuit,kind,fed_by\n")
        self.write("config/devices.csv",
                   "device,endpoint,profile,credential,every\n" + "\n".join(devices) + "\n")

    def present(self, device, after):
        """How many rows with a value are stored behind that instant."""
        return self.value("""SELECT count(*) FROM hot AS h JOIN scan AS s ON s.id = h.scan
                             JOIN entity AS e ON e.id = s.entity
                             WHERE e.name = ? AND s.name = 'main' AND h.ts > ?""", device, after)

    def wait_for(self, what, devices, is_true, deadline_s=None):
        missing = set(devices)

        def look():
            missing.difference_update({d for d in missing if is_true(d)})
            return not missing
        try:
            rmtest.until(what, look, deadline_s)
        except AssertionError as e:
            raise AssertionError(f"{e}: {sorted(missing)}\n{self.tell()}") from None

    def gaps(self, device, after):
        """Gaps of the device that lie behind the instant, at least in part."""
        return self.rows("""SELECT cause, part, quantity, from_ts, to_ts FROM v_gap
                            WHERE entity = ? AND (to_ts IS NULL OR to_ts >= ?) AND scan = 'main'""",
                         device, after)

    def state(self, device):
        return self.value("SELECT state FROM v_device_state WHERE device = ?", device)

    def test_every_fault(self):
        self.site()
        faults = {f"pdu-{k}": v for k, v in SNMP.items()}
        faults.update({f"meter-{k}": v for k, v in MODBUS.items()})
        simulator, daemon = self.simulator(), self.daemon().ready()
        self.wait_for("all devices answer", self.address, lambda d: self.present(d, 0) >= 3)

        begun = self.last_ts()
        for device, fault in [(d, f) for d, (f, _) in faults.items()] + list(SPLIT.items()):
            simulator.tell(f"fault {self.address[device]} {fault}")
        self.wait_for("every fault leaves a gap", faults, lambda d: self.gaps(d, begun))
        self.wait_for("a device that does not answer rightly is suspected",
                      [d for d in faults if "exception" not in d],
                      lambda d: self.state(d) in ("suspect", "dormant"))
        self.wait_for("a request that was too big is split", SPLIT, lambda d: self.value(
            "SELECT count(*) FROM v_event WHERE entity = ? AND kind = 'split'", d))
        cleared = self.last_ts()
        for device in [*faults, *SPLIT]:
            simulator.tell(f"clear {self.address[device]}")
        # a dormant device is probed after 15 s at first
        self.wait_for("every device recovers", self.address,
                      lambda d: self.present(d, cleared + 2) >= 2 and self.state(d) == "ok",
                      60 * rmtest.SLACK)
        daemon.stop()

        for device, (fault, causes) in faults.items():
            found = {row[0] for row in self.gaps(device, begun)}
            with self.subTest(device=device, fault=fault):
                self.assertTrue(found & causes, f"{found} instead of {causes}")
                self.assertFalse(found - causes - OURS, f"{found} beside {causes}")
        for device in set(self.address) - set(faults):
            with self.subTest(undisturbed=device):
                self.assertEqual(self.gaps(device, begun), [])
                self.assertEqual(self.rows("""
                    SELECT count(*) - (max(h.ts) - min(h.ts) + 1) FROM hot AS h
                    JOIN scan AS s ON s.id = h.scan JOIN entity AS e ON e.id = s.entity
                    WHERE e.name = ? AND s.name = 'main' AND h.ts >= ?""", device, begun), [(0,)])
        self.no_wrong_value()

    def no_wrong_value(self):
        """Every reading of every device is its fixture's constant."""
        n = 0
        for kind, profile in (("pdu", PDU), ("meter", METER)):
            truth = {(r["part"], r["quantity"]): r["expected"] for r in fixture(profile)}
            for part, quantity, low, high, count in self.rows(
                    """SELECT part, quantity, min(value), max(value), count(*) FROM v_reading
                       WHERE entity_kind = 'device' AND entity GLOB ? AND part <> 'collector'
                       GROUP BY part, quantity""",
                    kind + "-*"):
                n += count
                if (part, quantity) == ("main", "power_w"):
                    continue
                with self.subTest(kind=kind, part=part, quantity=quantity):
                    known = truth.get((part, quantity), 0.0 if kind == "meter" else None)
                    self.assertIsNotNone(known, "the fixture has no such value")
                    self.assertAlmostEqual(low, known, 3)
                    self.assertAlmostEqual(high, known, 3)
        for device, power_w in self.power_w.items():
            with self.subTest(device=device):
                self.assertEqual(self.rows("""SELECT DISTINCT value FROM v_reading WHERE entity = ?
                    AND part = 'main' AND quantity = 'power_w'""", device), [(power_w,)])
        self.assertGreater(n, 100 * len(self.address))


if __name__ == "__main__":
    rmtest.main()
