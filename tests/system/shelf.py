# SPDX-License-Identifier: Apache-2.0
"""Modbus RTU slaves for the serial tests: a bus of units with registers, behind a pseudo terminal
or a TCP port. Python's standard library, with a CRC of its own: nothing here is the collector's.

The bus knows how long characters take at its speed: an answer is held back until request and
answer would have crossed a real line, so polling it takes the time it would take there.
"""
import os
import select
import socket
import struct
import termios
import threading
import time
import tty

_TABLE = []
for _byte in range(256):
    _crc = _byte
    for _ in range(8):
        _crc = _crc >> 1 ^ (0xA001 if _crc & 1 else 0)
    _TABLE.append(_crc)


def crc(data):
    """CRC-16/MODBUS: 0x4B37 for b"123456789"."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value


assert crc(b"123456789") == 0x4B37


def framed(data):
    return data + struct.pack("<H", crc(data))


class Unit:
    """One slave: registers (holding), inputs, coils and discretes as dicts from address to value.
    late_s delays its answers; dead never answers; mangle(answer) changes the bytes."""

    def __init__(self, holding=None, inputs=None, coils=None, discretes=None):
        self.holding, self.inputs = holding or {}, inputs or {}
        self.coils, self.discretes = coils or {}, discretes or {}
        self.dead, self.late_s, self.mangle, self.asked, self.tried = False, 0, None, 0, 0

    def answer(self, function, address, count):
        table = {1: self.coils, 2: self.discretes, 3: self.holding, 4: self.inputs}.get(function)
        if table is None:
            return bytes([function | 0x80, 1])
        try:
            values = [table[address + i] for i in range(count)]
        except KeyError:
            return bytes([function | 0x80, 2])
        if function <= 2:
            packed = bytearray((count + 7) // 8)
            for i, value in enumerate(values):
                packed[i // 8] |= (value & 1) << i % 8
            return bytes([function, len(packed)]) + bytes(packed)
        return bytes([function, 2 * count]) + b"".join(struct.pack(">H", v) for v in values)


class Bus:
    """Units on one line. baud None: as fast as it goes. Keeps what was asked in `log`:
    (monotonic time, unit, function, address, count), and `busy_s`, the time the line was in use."""

    def __init__(self, units, baud=None, bits=11):
        self.units, self.character_s = units, bits / baud if baud else 0
        self.log, self.busy_s, self.garbled = [], 0.0, 0
        self.lock = threading.Lock()

    def serve(self, read, write, stop):
        """Takes requests until read() returns None; a request has 8 bytes."""
        buffer = b""
        while not stop.is_set():
            data = read()
            if data is None:
                return
            buffer += data
            while len(buffer) >= 8:
                if struct.unpack("<H", buffer[6:8])[0] != crc(buffer[:6]):
                    buffer = buffer[1:]
                    self.garbled += 1
                    continue
                request, buffer = buffer[:6], buffer[8:]
                # The bytes were all here at once; on a line they take their time.
                self._one(request, write, stop)

    def _one(self, request, write, stop):
        start = time.monotonic()
        number, function, address, count = struct.unpack(">BBHH", request)
        with self.lock:
            self.log.append((start, number, function, address, count))
        unit = self.units.get(number)
        if unit:
            unit.tried += 1
        if unit is None or unit.dead:
            self.busy_s += 8 * self.character_s
            return
        unit.asked += 1
        data = framed(bytes([number]) + unit.answer(function, address, count))
        if unit.mangle:
            data = unit.mangle(data)
        line_s = (8 + 3.5 + len(data)) * self.character_s
        self.busy_s += line_s
        if stop.wait(max(0, start + line_s + unit.late_s - time.monotonic())):
            return
        write(data)


class Pty:
    """A pseudo terminal: `path` is what the collector opens, the bus talks on the other end."""

    def __init__(self, bus):
        self.bus, self.stop = bus, threading.Event()
        self.master, self.slave = os.openpty()
        for fd in (self.master, self.slave):
            tty.setraw(fd, termios.TCSANOW)
        self.path = os.ttyname(self.slave)
        self.thread = threading.Thread(target=bus.serve, args=(self._read, self._write, self.stop),
                                       daemon=True)
        self.thread.start()

    def _read(self):
        while not self.stop.is_set():
            if select.select([self.master], [], [], 0.1)[0]:
                try:
                    return os.read(self.master, 4096)
                except OSError:
                    return None
        return None

    def _write(self, data):
        os.write(self.master, data)

    def close(self):
        """As if the adapter were pulled out: the collector's end reads EIO."""
        if self.stop.is_set():
            return
        self.stop.set()
        self.thread.join()
        os.close(self.master)
        os.close(self.slave)


class SerialServer:
    """A TCP port that hands bytes to the bus and back, as serial servers do: it knows no frames, and
    an answer that comes after its client went away goes to the next client."""

    def __init__(self, bus, port, address="127.0.0.1"):
        self.bus, self.stop = bus, threading.Event()
        self.listener = socket.create_server((address, port))
        self.client, self.connections = None, 0
        self.changed = threading.Condition()
        self.threads = [threading.Thread(target=self._accept, daemon=True),
                        threading.Thread(target=bus.serve, daemon=True,
                                         args=(self._read, self._write, self.stop))]
        for thread in self.threads:
            thread.start()

    def _accept(self):
        while not self.stop.is_set():
            if not select.select([self.listener], [], [], 0.1)[0]:
                continue
            client, _ = self.listener.accept()
            with self.changed:
                if self.client:
                    self.client.close()
                self.client = client
                self.connections += 1
                self.changed.notify()

    def _read(self):
        while not self.stop.is_set():
            with self.changed:
                if not self.client:
                    self.changed.wait(0.1)
                client = self.client
            if not client:
                continue
            try:
                if not select.select([client], [], [], 0.1)[0]:
                    continue
                data = client.recv(4096)
            except (OSError, ValueError):
                data = b""
            if data:
                return data
            with self.changed:
                if self.client is client:
                    client.close()
                    self.client = None
        return None

    def _write(self, data):
        with self.changed:
            end = time.monotonic() + 2  # the next client may be on its way
            while not self.client and time.monotonic() < end and not self.stop.is_set():
                self.changed.wait(0.1)
            if self.client:
                try:
                    self.client.sendall(data)
                except OSError:
                    pass

    def close(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()
        self.listener.close()
        if self.client:
            self.client.close()


def text(at, n_words, value):
    """The registers of an ASCII text."""
    data = value.encode().ljust(2 * n_words, b"\0")
    return {at + i: data[2 * i] << 8 | data[2 * i + 1] for i in range(n_words)}


def orv3_psu(number):
    """An Open Rack V3 power supply (public register map, ORV3 PSU): its registers and what they mean.
    Registers 0..127 answer, as on the shelf; each unit has values of its own."""
    registers = {i: 0 for i in range(128)}
    registers.update(text(8, 8, "ORV3-PSU-3K"))
    registers.update(text(24, 16, f"TEST{number:04}"))
    registers.update(text(48, 4, "1.2.3"))
    k = number % 8
    registers.update({
        60: 1 << k, 67: 12000 + number, 68: 12100 + number, 69: (25 + k) * 128,
        70: (-5 - k) * 128 & 0xFFFF, 79: 50 * 1024 + 512, 80: (40 + k) * 64,
        81: (41 + k) * 64, 82: (2100 + k) * 8, 83: 420 * 64, 84: 50, 85: 512, 86: 508,
        87: (2190 + k) * 8 + 4, 88: 230 * 64 + 16, 89: (9 + k) * 1024 + 256, 90: k,
    })
    means = {
        ("inlet", "power_w"): 2190.5 + k, ("inlet", "voltage_v"): 230.25,
        ("inlet", "current_a"): 9.25 + k, ("inlet", "frequency_hz"): 50,
        ("inlet", "power_factor"): 508 / 512, ("output", "power_w"): 2100 + k,
        ("output", "voltage_v"): 50.5, ("output", "current_a"): 40 + k,
        ("sensor inlet", "temperature_c"): 25 + k, ("sensor outlet", "temperature_c"): -5 - k,
        ("main", "alarm_flags"): 1 << k, ("fan 0", "fan_rpm"): 12000 + number,
    }
    return registers, means
