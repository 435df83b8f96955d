#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Devices that answer with malice instead of with faults, in one site with honest ones: no value
is stored that a device did not give for that very object, memory stays bounded, the honest
devices lose no reading, and the log tells each state once."""
import os
import re
import socket
import struct
import time

import hostile
import rmtest
from hostile import COUNTER64, END_OF_VIEW, IPADDRESS, NO_INSTANCE, OCTETS, OID, integer, tlv

BASE = (1, 3, 6, 1, 4, 1, 99999, 1)
POWER, VOLTAGE, SERIAL = BASE + (2, 0), BASE + (3, 0), BASE + (1, 0)
ROW = BASE + (4, 1)  # .1 name, .2 current, .3 power
MARK = 6666  # what no reading may ever be
STEP_S = 1 if rmtest.SLACK == 1 else 3  # between polls; a sanitizer needs longer for one
PROFILE = """# SPDX-License-Identifier: Apache-2.0
profile: hostile-pdu
title: A device that means harm
vendor: Test
category: rack_pdu
protocol: snmp
oid: 1.3.6.1.4.1.99999.1
document: TEST-MIB
identify:
  - sysobjectid: 1.3.6.1.4.1.99999
facts:
  serial: {oid: 1.3.6.1.4.1.99999.1.1.0, source: testSerial}
points:
  - {power_w: 1.3.6.1.4.1.99999.1.2.0, part: main, main: true, source: testPower}
  - {voltage_v: 1.3.6.1.4.1.99999.1.3.0, part: main, source: testVoltage}
  - oid: .4.1
    index: outlet
    part: outlet {outlet}
    label: .1
    points:
      - {current_a: .2, scale: 0.1, source: testOutletCurrent}
      - {power_w: .3, source: testOutletPower}
"""
METER = """# SPDX-License-Identifier: Apache-2.0
profile: hostile-meter
title: A meter that means harm
vendor: Test
category: meter
protocol: modbus
document: Test manual
registers: input
points:
  - {power_w: 0, type: u16, part: main, main: true, source: power}
  - {voltage_v: 1, type: u16, part: main, source: voltage}
  - {current_a: 2, type: u16, scale: 0.1, part: main, source: current}
"""


# ---- SNMP: each bends one thing ---------------------------------------------

class Honest(hostile.Agent):
    """Beside the misfits in the same process; itself it is right."""


class Endless(hostile.Agent):
    """Every column has one more row, for ever."""

    def next(self, oid):
        return (oid + (1,) if len(oid) <= len(ROW) + 1 else oid[:-1] + (oid[-1] + 1,),
                integer(MARK))


class Backwards(hostile.Agent):
    def next(self, oid):
        at, value = super().next(oid)
        return (at, value) if len(oid) == len(ROW) + 1 else (
            oid[:-1] + (max(oid[-1] - 1, 0),), integer(MARK))


class Repeats(hostile.Agent):
    def next(self, oid):
        return super().next(oid) if len(oid) == len(ROW) + 1 else (oid, integer(MARK))


class Rows(hostile.Agent):
    """A table of 10,000 rows, which it means."""


class Giant(hostile.Agent):
    """Texts of 60 kB wherever a text can stand."""

    TEXT = tlv(OCTETS, b"9" * 60000)

    def get(self, oid):
        return self.TEXT if oid == SERIAL else super().get(oid)

    def next(self, oid):
        at, value = super().next(oid)
        return at, self.TEXT if value[0] == OCTETS else value


class GiantRows(Endless):
    """2,500 rows, each with such a text: 150 MB to whoever keeps them."""

    def next(self, oid):
        at, value = super().next(oid)
        return at, Giant.TEXT if at[-1] < 2500 else value if at[-1] < 2600 else tlv(END_OF_VIEW, b"")


class More(hostile.Agent):
    """Two varbinds more than were asked."""

    def bindings(self, request):
        vbs = super().bindings(request)
        if request.pdu == hostile.GET:
            vbs += [(POWER, integer(MARK)), (VOLTAGE, integer(MARK))]
        return vbs


class Others(hostile.Agent):
    """The right names in another order, each with another one's value."""

    def bindings(self, request):
        vbs = super().bindings(request)
        if request.pdu == hostile.GET and len(vbs) > 1:
            vbs = [(oid, integer(MARK)) for oid, _ in vbs[1:] + vbs[:1]]
        return vbs


class Types(hostile.Agent):
    """A number as an object identifier, a text as an address, a name as a huge number."""

    KINDS = [tlv(OID, b"\x2b\x06"), tlv(IPADDRESS, b"\x7f\0\0\1"), tlv(COUNTER64, b"\xff" * 8),
             tlv(0x44, b"\x01"), tlv(OCTETS, b"6666 W"), tlv(0x02, b""), tlv(0x45, b"\x1a\x0a")]

    def bindings(self, request):
        return [(oid, value if value[0] == NO_INSTANCE or oid[:7] != BASE[:7] else
                 self.KINDS[(i + self.requests) % len(self.KINDS)])
                for i, (oid, value) in enumerate(super().bindings(request))]


class Errors(hostile.Agent):
    """An error status on everything, with an index beyond the end."""

    def answer(self, request, peer):
        vbs = [(oid, integer(MARK)) for oid in request.oids]
        self.send(request.response(vbs, 1 + self.requests % 18, self.requests % 300), peer)


class OtherAddress(hostile.Agent):
    def send(self, packet, peer):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind(("127.13.9.9", self.port))
            s.sendto(packet, peer)


class OtherPort(hostile.Agent):
    def send(self, packet, peer):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.bind((self.host, 0))
            s.sendto(packet, peer)


class Twice(hostile.Agent):
    """Each answer three times: the second of the same id with other values."""

    def answer(self, request, peer):
        super().answer(request, peer)
        for _ in range(2):
            self.send(request.response([(oid, integer(MARK)) for oid in request.oids]), peer)


class Late(hostile.Agent):
    """Before each answer one to the request before, under its id, with other values."""

    before = None

    def answer(self, request, peer):
        if self.before is not None:
            vbs = [(oid, integer(MARK)) for oid in request.oids]
            self.send(request.response(vbs, request_id=self.before), peer)
        self.before = request.id
        super().answer(request, peer)


class Flood(hostile.Agent):
    """20,000 datagrams with ids of its own choice, once."""

    N = 20000

    def answer(self, request, peer):
        super().answer(request, peer)
        if self.requests != 5:
            return
        for i in range(self.N):
            vbs = [(oid, integer(MARK)) for oid in request.oids[:2]]
            self.send(request.response(vbs, request_id=struct.pack(">I", 1 + i)), peer)


# ---- Modbus -----------------------------------------------------------------

BAD = struct.pack(">HHH", MARK, MARK, MARK)


class LongLength(hostile.ModbusServer):
    """Says more than it sends."""

    def answer(self, connection, request):
        connection.sendall(self.frame(request, BAD, length=200))


class ShortLength(hostile.ModbusServer):
    """Sends more than it says."""

    def answer(self, connection, request):
        connection.sendall(self.frame(request, BAD, length=5))


class CountLies(hostile.ModbusServer):
    def answer(self, connection, request):
        connection.sendall(self.frame(request, BAD, count=250) + self.frame(request, BAD + BAD))


class NoLength(hostile.ModbusServer):
    def answer(self, connection, request):
        connection.sendall(self.frame(request, BAD, length=0) + self.frame(request, BAD, 65535))


class ByByte(hostile.ModbusServer):
    """Each byte in a segment of its own: slow, and right."""

    def answer(self, connection, request):
        for byte in self.frame(request, self.values(request)):
            connection.sendall(bytes([byte]))
            time.sleep(0.002)


class TwoAnswers(hostile.ModbusServer):
    """The right one, and behind it one of the same transaction with other values."""

    def answer(self, connection, request):
        connection.sendall(self.frame(request, self.values(request)) + self.frame(request, BAD))


class LateModbus(hostile.ModbusServer):
    """Answers every second request when the next one has come, before that one's answer."""

    held = None

    def answer(self, connection, request):
        if self.held is None:
            self.held = request
            return
        late, self.held = self.frame(self.held, BAD), None
        connection.sendall(late)
        super().answer(connection, request)


class FloodModbus(hostile.ModbusServer):
    """Megabytes that nobody asked for, behind the right answer."""

    done = False

    def answer(self, connection, request):
        super().answer(connection, request)
        if not self.done:
            self.done = True
            connection.sendall(self.frame(b"\xff\xff" + request[2:], BAD) * 100000)


# class, whether it reads as an honest device does: no value is ever missing
AGENTS = {"honest": (Honest, True), "endless": (Endless, False), "backwards": (Backwards, True),
          "repeats": (Repeats, True), "rows": (Rows, True), "giant": (Giant, True),
          "both": (GiantRows, False),
          "more": (More, False), "others": (Others, False), "types": (Types, False),
          "errors": (Errors, False), "otheraddress": (OtherAddress, False),
          "otherport": (OtherPort, False), "twice": (Twice, True), "late": (Late, True),
          "flood": (Flood, False)}
SERVERS = {"honest": (hostile.ModbusServer, True), "long": (LongLength, False),
           "short": (ShortLength, False), "count": (CountLies, False), "nolength": (NoLength, False),
           "bybyte": (ByByte, True), "two": (TwoAnswers, True), "late": (LateModbus, False),
           "flood": (FloodModbus, False)}
# their answers are none: they end up dormant, which takes two lines of the log
REFUSED = {"pdu-more", "pdu-others", "pdu-otheraddress", "pdu-otherport", "meter-long",
           "meter-short", "meter-count", "meter-nolength"}
NOTHING = REFUSED | {"pdu-types", "pdu-errors"}  # no value of theirs is one
TEN_THOUSAND = 10000
MANY = {"rows", "endless", "both"}  # thousands of points: asked less often, for this process's sake
MEMORY_KB = 150 << 10  # of which 30 to 50 are there without any malice


def honest_values(i, rows=4):
    values = {(1, 3, 6, 1, 2, 1, 1, 1, 0): tlv(OCTETS, b"hostile"),
              (1, 3, 6, 1, 2, 1, 1, 2, 0): hostile.name((1, 3, 6, 1, 4, 1, 99999)),
              (1, 3, 6, 1, 2, 1, 1, 3, 0): integer(4711, hostile.TICKS),
              SERIAL: tlv(OCTETS, b"S1"), POWER: integer(1000 + i), VOLTAGE: integer(200 + i)}
    for n in range(1, rows + 1):
        values[ROW + (2, n)] = integer(10 + i)
        if rows < 100:
            values[ROW + (1, n)] = tlv(OCTETS, b"outlet")
            values[ROW + (3, n)] = integer(300 + i)
    return values


class Hostile(rmtest.Case):
    def site(self):
        devices, scene = [], []
        self.truth, self.well = {}, []  # device -> {(part or "outlet", quantity): value}
        snmp, modbus = self.ports.base + 2, self.ports.base + 3  # the simulator has the others
        apc = os.path.join(rmtest.FIXTURES, "devices", "apc-rpdu2.csv")
        for i in range(4):
            device, host = f"well-{i}", f"127.13.1.{i + 1}"
            scene += [f"device {host} snmp {apc}"]
            devices.append(f"{device},snmp://{host}:{self.snmp_port},apc-rpdu2,ro,{STEP_S}s")
            self.well.append(device)
        for i, (kind, (make, steady)) in enumerate(AGENTS.items()):
            device, host = f"pdu-{kind}", f"127.13.2.{i + 1}"
            rows = TEN_THOUSAND if kind == "rows" else 4
            make(self, host, snmp, honest_values(i, rows)).start()
            every = "10s" if kind in MANY else f"{STEP_S}s"
            devices.append(f"{device},snmp://{host}:{snmp},hostile-pdu,ro,{every}")
            self.truth[device] = {("main", "power_w"): 1000 + i, ("main", "voltage_v"): 200 + i,
                                  ("outlet", "current_a"): (10 + i) / 10,
                                  ("outlet", "power_w"): 300 + i}
            if steady:
                self.well.append(device)
        for i, (kind, (make, steady)) in enumerate(SERVERS.items()):
            device, host = f"meter-{kind}", f"127.13.3.{i + 1}"
            make(self, host, modbus, struct.pack(">HHH", 1000 + i, 200 + i, 10 + i)).start()
            devices.append(f"{device},modbus://{host}:{modbus}/1,hostile-meter,,{STEP_S}s")
            self.truth[device] = {("main", "power_w"): 1000 + i, ("main", "voltage_v"): 200 + i,
                                  ("main", "current_a"): (10 + i) / 10}
            if steady:
                self.well.append(device)
        self.write("scene/scene", "\n".join(scene) + "\n")
        self.write("config/profiles/hostile-pdu.yaml", PROFILE)
        self.write("config/profiles/hostile-meter.yaml", METER)
        self.write("config/credentials.yaml",
                   "credentials:\n  ro: {version: 2c, community: public}\n", 0o600)
        self.write("config/rackmeter.yaml", "version: 1\nsite: hostile\nzone: UTC\n"
                   "database: ../rackmeter.db\ncredentials: credentials.yaml\n"
                   "profiles: [profiles]\n"
                   f"intervals: {{default: {STEP_S}s, group: {STEP_S}s}}\n"
                   f"polling: {{timeout: {800 * STEP_S}ms}}\n")
        self.write("config/racks.csv", "rack,hall,row,pos,status\n")
        self.write("config/circuits.csv", "circuit,kind,fed_by\n")
        self.write("config/devices.csv",
                   "device,endpoint,profile,credential,every\n" + "\n".join(devices) + "\n")

    def peak_kb(self, daemon):
        with open(f"/proc/{daemon.pid}/status", encoding="ascii") as f:
            return int(re.search(r"VmHWM:\s*(\d+)", f.read()).group(1))

    def present(self, device):
        """How many rows with a value are stored of the device."""
        return self.value("""SELECT count(*) FROM hot AS h JOIN scan AS s ON s.id = h.scan
                             JOIN entity AS e ON e.id = s.entity WHERE e.name = ?
                             AND s.name = 'main'""", device) or 0

    def wait_for(self, what, devices, is_true, deadline_s):
        missing = set(devices)

        def look():
            missing.difference_update({d for d in missing if is_true(d)})
            return not missing
        try:
            rmtest.until(what, look, deadline_s)
        except AssertionError as e:
            raise AssertionError(f"{e}: {sorted(missing)}\n{self.tell()}") from None

    def state(self, device):
        return self.value("SELECT state FROM v_device_state WHERE device = ?", device)

    def test_malice(self):
        self.site()
        self.simulator()
        # what the sanitizer keeps of freed memory is not the daemon's
        options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"
        daemon = self.daemon(env={"ASAN_OPTIONS": options}).ready()
        read = set(self.truth) - NOTHING | set(self.well)
        self.wait_for("every device that can be read is read", read,
                      lambda d: self.present(d) >= (2 if d[4:] in MANY else 15),
                      60 * rmtest.SLACK)
        self.wait_for("devices that cannot be believed are dormant", REFUSED,
                      lambda d: self.state(d) == "dormant", 40 * rmtest.SLACK)
        peak_kb = self.peak_kb(daemon)
        daemon.stop()

        # a sanitizer's shadow and the red zones around 100,000 small pieces
        self.assertLess(peak_kb, MEMORY_KB * (4 if rmtest.SLACK > 1 else 1))
        self.no_wrong_value()
        self.honest_undisturbed()
        self.each_state_once(daemon.log())
        # whatever they answered, nothing was ever written to one of them
        self.assertEqual({what for kind, what in hostile.asked if kind == "modbus"}, {4})
        self.assertLessEqual({what for kind, what in hostile.asked if kind == "snmp"},
                             {hostile.GET, hostile.NEXT, hostile.BULK})

    def no_wrong_value(self):
        found = {}
        for device, part, quantity, low, high in self.rows(
                """SELECT entity, part, quantity, min(value), max(value) FROM v_reading
                   WHERE entity_kind = 'device' AND part <> 'collector' GROUP BY 1, 2, 3"""):
            if device not in self.truth:
                continue
            found.setdefault(device, set()).add((part, quantity))
            true = self.truth[device].get((part.split(" ")[0], quantity))
            if (low, high) != (true, true):
                self.fail(f"{device} {part} {quantity}: {low} to {high} instead of {true}")
        self.assertEqual(set(self.truth) - set(found), NOTHING)
        self.assertEqual(len(found["pdu-rows"]), 2 + TEN_THOUSAND)
        for device in set(found) - {"pdu-rows", "pdu-both"} & set(self.well):
            with self.subTest(device=device):  # all that it has
                rows = 1 if device in ("pdu-backwards", "pdu-repeats") else 4
                self.assertEqual(len(found[device]), 3 if "meter" in device else 2 + 2 * rows)

    def honest_undisturbed(self):
        for device in self.well:
            with self.subTest(device=device):
                self.assertEqual(self.rows("""SELECT cause, part, quantity, from_ts, to_ts
                    FROM v_gap WHERE entity = ? AND scan = 'main'""", device), [])
                if device[4:] in MANY:
                    continue
                self.assertEqual(self.rows("""
                    SELECT count(*) - ((max(h.ts) - min(h.ts)) / ? + 1) FROM hot AS h
                    JOIN scan AS s ON s.id = h.scan JOIN entity AS e ON e.id = s.entity
                    WHERE e.name = ? AND s.name = 'main'""", STEP_S, device), [(0,)])

    def each_state_once(self, log):
        lines = {}
        for line in log.splitlines():
            if match := re.search(r"\bdevice (\S+) \(\S+\): (.*)", line):
                lines.setdefault(match.group(1), []).append(match.group(2))
        for device in {*self.truth, *self.well}:
            told = lines.get(device, [])
            with self.subTest(device=device):
                if device in REFUSED:
                    self.assertEqual(len(told), 2, told)
                    self.assertIn("only probed until it answers", told[1])
                elif device == "pdu-errors":
                    self.assertEqual(len(told), 1, told)
                elif device in self.well:
                    self.assertEqual(told, [])
                else:
                    self.assertEqual(len(told), len(set(told)), told)


if __name__ == "__main__":
    rmtest.main()
