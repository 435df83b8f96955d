#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""An Open Rack V3 shelf of six power supplies on one serial line, over a pseudo terminal and
behind a TCP serial server: polled every 3 s at 19,200 baud, values exact, nobody late because one
supply is dead; and what happens when the adapter is pulled out.

A pseudo terminal has no parity bit, so the line is set to two stop bits: 11 bits a character, as with
even parity."""
import json
import os
import struct
import time

import foreign
import rmtest
import shelf

BAUD, BITS = 19200, 11
UNITS, DEAD = range(192, 198), 195
EVERY_S = 3
LINE = f"?baud={BAUD}&parity=none&stop=2"


def line_ms(count):
    """What asking `count` registers takes on the line: request, silence, answer, silence."""
    return (8 + 3.5 + 5 + 2 * count + 3.5) * BITS / BAUD * 1000


class Serial(rmtest.Case):
    def shelf(self):
        units, self.means = {}, {}
        for number in UNITS:
            registers, self.means[f"PSU-{number}"] = shelf.orv3_psu(number)
            units[number] = shelf.Unit(holding=registers)
        return units

    def site(self, endpoint, every=f"{EVERY_S}s"):
        """endpoint(unit) for each supply."""
        foreign.site(self, [(f"PSU-{n}", endpoint(n), "ocp-orv3-psu", None) for n in UNITS],
                     every=every)
        done = self.rackmeter("check", "config", "--dir", "config")
        self.assertEqual(done.status, 0, str(done))

    def instants(self, device, after=0):
        return [ts for ts, in self.rows("""
            SELECT h.ts FROM hot AS h JOIN scan AS s ON s.id = h.scan
            JOIN entity AS e ON e.id = s.entity
            WHERE e.name = ? AND s.name = 'main' AND h.ts > ?
            ORDER BY h.ts""", device, after)]

    def values_are_exact(self, device):
        held = foreign.stored(self, device)
        for key, want in self.means[device].items():
            self.assertIn(key, held, f"{device}: {key}")
            values = held[key][1]
            if values or held[key][0] == EVERY_S:
                self.assertEqual({float(v) for v in values}, {float(want)}, f"{device} {key}")

    def no_gap(self, device, after):
        gaps = self.rows("""SELECT cause, part, quantity, from_ts, to_ts FROM v_gap
                            WHERE entity = ? AND scan = 'main' AND (to_ts IS NULL OR to_ts > ?)""",
                         device, after)
        self.assertEqual(gaps, [], f"{device}: {gaps}\n{self.tell()}")

    def polled_every_interval(self, units, bus, daemon, seconds=15):
        """Lets it run and looks at every grid instant of every living supply."""
        alive = [f"PSU-{n}" for n in UNITS if n != DEAD]
        for device in alive:
            self.until_db(f"{device} answers", "SELECT count(*) FROM hot AS h JOIN scan AS s "
                          "ON s.id = h.scan JOIN entity AS e ON e.id = s.entity WHERE e.name = ?",
                          device)
        begun, busy, asked = self.last_ts(), bus.busy_s, len(bus.log)
        start = time.monotonic()
        for device in alive:
            rmtest.until(f"{device} is polled for {seconds} s", lambda d=device:
                         (self.instants(d, begun) or [0])[-1] >= begun + seconds,
                         seconds + rmtest.DEADLINE_S)
        wall, busy = time.monotonic() - start, bus.busy_s - busy
        for device in alive:
            instants = self.instants(device, begun)
            self.assertEqual({b - a for a, b in zip(instants, instants[1:])}, {EVERY_S},
                             f"{device}: {instants}\n{self.tell()}")
            self.assertGreaterEqual(len(instants), seconds // EVERY_S)
            self.no_gap(device, begun)
            self.values_are_exact(device)
        self.assertEqual(self.instants(f"PSU-{DEAD}"), [])
        self.assertGreater(units[DEAD].tried, 0)
        with bus.lock:
            blocks = [entry for entry in bus.log[asked:] if entry[2:] == (3, 79, 11)]
            shelf_wide = {entry[1] for entry in blocks}
        self.assertEqual(shelf_wide - {DEAD}, set(UNITS) - {DEAD})
        print(f"  power block of 11 registers: {line_ms(11):.2f} ms on the line, "
              f"{6 * line_ms(11):.0f} ms of each {EVERY_S} s for six supplies; in {wall:.1f} s "
              f"{len(blocks)} of them and {len(bus.log) - asked - len(blocks)} others kept the line "
              f"busy for {100 * busy / wall:.1f} %", flush=True)
        daemon.stop()

    def test_shelf_on_a_line(self):
        units = self.shelf()
        units[DEAD].dead = True
        bus = shelf.Bus(units, BAUD, BITS)
        port = shelf.Pty(bus)
        self.addCleanup(port.close)
        self.site(lambda n: f"modbus-rtu://{port.path}/{n}{LINE}")
        self.polled_every_interval(units, bus, self.daemon().ready())

    def test_shelf_behind_a_serial_server(self):
        units = self.shelf()
        units[DEAD].dead = True
        bus = shelf.Bus(units, BAUD, BITS)
        server = shelf.SerialServer(bus, self.modbus_port)
        self.addCleanup(server.close)
        self.site(lambda n: f"modbus-rtutcp://127.0.0.1:{self.modbus_port}/{n}")
        self.polled_every_interval(units, bus, self.daemon().ready(), seconds=9)

    def test_slow_answers_are_nobodys(self):
        """A supply that answers after the timeout: its answers reach the next client, and are
        never taken for those of another request. Each register holds its own address."""
        units = {n: shelf.Unit(holding={i: i for i in range(128)}) for n in UNITS}
        units[DEAD].late_s = 2.2
        bus = shelf.Bus(units)
        server = shelf.SerialServer(bus, self.modbus_port)
        self.addCleanup(server.close)
        self.site(lambda n: f"modbus-rtutcp://127.0.0.1:{self.modbus_port}/{n}")
        daemon = self.daemon().ready()
        for n in UNITS:
            if n != DEAD:
                self.until_rows(f"PSU-{n}", 2)
        rmtest.until("the slow one was asked again", lambda: units[DEAD].asked >= 4)
        daemon.stop()
        for n in UNITS:
            for (part, quantity), (_, values) in foreign.stored(self, f"PSU-{n}").items():
                want = {("inlet", "power_w"): 87 / 8, ("output", "power_w"): 82 / 8,
                        ("inlet", "voltage_v"): 88 / 64, ("inlet", "frequency_hz"): 84}
                if (part, quantity) in want:
                    self.assertLessEqual({float(v) for v in values}, {want[part, quantity]},
                                         f"PSU-{n} {part} {quantity}")

    def test_a_slow_supply_alone(self):
        """With nobody else on the line it is asked twice, answers both, and late: each register
        holds its own address, so that an answer taken for another request shows."""
        unit = shelf.Unit(holding={i: i for i in range(128)})
        unit.late_s = 2.2
        server = shelf.SerialServer(shelf.Bus({192: unit}), self.modbus_port)
        self.addCleanup(server.close)
        foreign.site(self, [("PSU-192", f"modbus-rtutcp://127.0.0.1:{self.modbus_port}/192",
                             "ocp-orv3-psu", None)], every="10s")
        daemon = self.daemon().ready()
        rmtest.until("the slow one was asked again and again",
                     lambda: unit.asked >= 7 and self.instants("PSU-192"), 60 * rmtest.SLACK)
        daemon.stop()
        held, seen = foreign.stored(self, "PSU-192"), 0
        for (part, quantity), register, divisor in [
                (("inlet", "power_w"), 87, 8), (("output", "power_w"), 82, 8),
                (("inlet", "voltage_v"), 88, 64), (("inlet", "frequency_hz"), 84, 1),
                (("sensor inlet", "temperature_c"), 69, 128), (("main", "alarm_flags"), 60, 1),
                (("fan 0", "fan_rpm"), 67, 1), (("faults", "event_count"), 90, 1)]:
            values = {float(v) for v in held[part, quantity][1]}
            self.assertLessEqual(values, {register / divisor}, f"{part} {quantity}")
            seen += len(values)
        self.assertGreater(seen, 0)

    def test_the_adapter_is_pulled_out(self):
        units = self.shelf()
        bus = shelf.Bus(units)
        port = shelf.Pty(bus)
        self.addCleanup(port.close)
        link = self.path("ttyTEST")
        self.link(port.path)
        self.site(lambda n: f"modbus-rtu://{link}/{n}{LINE}", every="1s")
        daemon = self.daemon().ready()
        for n in UNITS:
            self.until_rows(f"PSU-{n}", 2)
        port.close()
        self.until_db("it is missed", "SELECT count(*) FROM v_gap WHERE cause = 'disconnected'")
        again = shelf.Pty(bus)
        self.addCleanup(again.close)
        self.link(again.path)
        begun = self.last_ts()
        for n in UNITS:
            self.until_rows(f"PSU-{n}", 3, after=begun + 1, deadline_s=60 * rmtest.SLACK)
            self.assertEqual(self.value("SELECT state FROM v_device_state WHERE device = ?",
                                        f"PSU-{n}"), "ok")
        daemon.stop()

    def link(self, path):
        new = self.path("ttyNEW")
        os.symlink(path, new)
        os.replace(new, self.path("ttyTEST"))

    def test_probe_and_refusals(self):
        port = shelf.Pty(shelf.Bus(self.shelf()))
        self.addCleanup(port.close)
        done = self.rackmeter("probe", f"modbus-rtu://{port.path}/193{LINE}", "--profile",
                              "ocp-orv3-psu", "--format", "json")
        self.assertEqual(done.status, 0, str(done))
        points = {(p["part"], p["quantity"]): p["value"] for p in json.loads(done.out)["points"]}
        for key, want in self.means["PSU-193"].items():
            self.assertAlmostEqual(points[key], want, 3, key)  # as many decimals as are printed
        for endpoint, words in [
                ("modbus-rtu:///nonexistent/ttyUSB0/1", "No such file or directory"),
                (f"modbus-rtu://{self.write('file', 'no line')}/1", "is not a serial line"),
                (f"modbus-rtu://{port.path}/1?parity=none&rs485=1", "leave rs485=1 away"),
                (f"modbus-rtu://{port.path}/1{LINE}", "no answer")]:
            done = self.rackmeter("probe", endpoint, "--profile", "ocp-orv3-psu")
            self.assertNotEqual(done.status, 0, endpoint)
            self.assertIn(words, done.err)


class Modbus(rmtest.Case):
    """A meter that has everything a profile can say, over both framings of TCP."""

    def meter(self):
        def words(form, value, order="abcd"):
            data = struct.pack(">" + form, value)
            pairs = [data[i:i + 2] for i in range(0, len(data), 2)]
            if order in ("cdab", "dcba"):
                pairs.reverse()
            if order in ("badc", "dcba"):
                pairs = [p[::-1] for p in pairs]
            return [p[0] << 8 | p[1] for p in pairs]

        def at(address, values):
            return {address + i: v for i, v in enumerate(values)}
        holding = {**at(10, words("I", 123456789)), **at(12, words("I", 123456790, "cdab")),
                   **at(14, words("I", 123456791, "badc")),
                   **at(16, words("Q", 5000000000000, "dcba")),
                   **at(20, words("f", 231.5, "cdab")), **at(22, words("d", 49.98)),
                   # registers 26 to 29 are not there: the blocks around them have to be split
                   30: 130 << 8 | 9 << 4 | 1 << 3,
                   **at(38, [2, 0, 12345 & 0xFFFF, 0x8000, 1534, 60, 7]), **at(45, [0] * 5),
                   50: 0xFFFE, **at(51, words("f", 0.25)), 53: 2,
                   **shelf.text(200, 4, "METER 1")}
        return shelf.Unit(holding=holding, inputs={60: 0xFFFF & -985}, coils={5: 1},
                          discretes={6: 0, **at(32, [1, 0, 1, 0, 0, 0, 0, 0, 0, 1])})

    EXPECTED = {("main", "energy_wh"): 123456789, ("feed 2", "energy_wh"): 123456790,
                ("feed 3", "energy_wh"): 123456791, ("feed 4", "energy_wh"): 5000000000000,
                ("main", "voltage_v"): 231.5, ("main", "frequency_hz"): 49.98,
                ("door", "state"): 1, ("mode", "state"): 9, ("sensor 1", "temperature_c"): 25,
                ("main", "power_w"): 123.5, # 12345 x 10^-2, in steps of 0.1 W
                ("main", "current_a"): 15.34, ("phase L1", "current_a"): 15,
                ("phase L2", "current_a"): 70, ("main", "power_factor"): -0.985,
                ("breaker 1", "state"): 1, ("breaker 2", "state"): 0,
                ("main", "alarm_flags"): 1 << 0 | 1 << 2 | 1 << 9}

    def test_everything_a_profile_can_say(self):
        bus = shelf.Bus({7: self.meter()})
        server = shelf.SerialServer(bus, self.modbus_port)
        self.addCleanup(server.close)
        self.env["RACKMETER_PROFILES"] = os.path.join(rmtest.FIXTURES, "profiles-good")
        foreign.site(self, [("METER", f"modbus-rtutcp://127.0.0.1:{self.modbus_port}/7",
                             "every-modbus-key", None)], every="1s")
        daemon = self.daemon().ready()
        self.until_rows("METER", 4)
        daemon.stop()
        held = foreign.stored(self, "METER")
        for key, want in self.EXPECTED.items():
            self.assertEqual([round(float(v), 9) for v in held[key][1]], [want], f"{key}\n{self.tell()}")
        self.assertEqual(held["phase L1", "power_w"][1], set())  # 0x8000: not fitted
        # One connection per poll, closed behind it.
        self.assertGreaterEqual(server.connections, 4)
        self.assertEqual(self.value("SELECT count(*) FROM v_event WHERE kind = 'split'"), 1)
        # The split is remembered: the holes are asked for in the first poll only.
        with bus.lock:
            refused = [e for e in bus.log if e[2] == 3 and e[3] <= 26 < e[3] + e[4]]
        self.assertEqual(len(refused), 1, refused)


if __name__ == "__main__":
    rmtest.main()
