#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's pymodbus as the slave on a serial line: RTU frames that nobody here wrote, with all four
tables, an exception, and the CRC of another hand."""
import json
import os
import select
import sys
import termios
import threading
import tty

import foreign
import rmtest

UNIT, LINE = 9, "?baud=19200&parity=none&stop=1"


def serve(path):
    """The slave's process."""
    from pymodbus.datastore import (ModbusServerContext, ModbusSlaveContext,
                                    ModbusSparseDataBlock)
    from pymodbus.server import StartSerialServer
    from pymodbus.transaction import ModbusRtuFramer
    holding = {i: 0 for i in range(10, 60)}
    holding.update({10: 0x075B, 11: 0xCD15, 38: 2, 42: 1534, 40: 12345, 50: 0xFFFE,
                    30: 130 << 8 | 9 << 4 | 1 << 3, 53: 1})
    inputs = {60: 0xFFFF & -985}
    unit = ModbusSlaveContext(hr=ModbusSparseDataBlock(holding), ir=ModbusSparseDataBlock(inputs),
                              co=ModbusSparseDataBlock({5: True}),
                              di=ModbusSparseDataBlock({6: True}), zero_mode=True)
    StartSerialServer(context=ModbusServerContext(slaves={UNIT: unit}, single=False),
                      framer=ModbusRtuFramer, port=path, baudrate=19200, timeout=1)


class Cable:
    """Two pseudo terminals back to back: what is written to one path is read from the other."""

    def __init__(self):
        self.stop, self.ends = threading.Event(), [os.openpty(), os.openpty()]
        for end in self.ends:
            for fd in end:
                tty.setraw(fd, termios.TCSANOW)
        self.paths = [os.ttyname(slave) for _, slave in self.ends]
        self.thread = threading.Thread(target=self._carry, daemon=True)
        self.thread.start()

    def _carry(self):
        masters = [master for master, _ in self.ends]
        while not self.stop.is_set():
            for fd in select.select(masters, [], [], 0.1)[0]:
                os.write(masters[1 - masters.index(fd)], os.read(fd, 4096))

    def close(self):
        self.stop.set()
        self.thread.join()
        for end in self.ends:
            for fd in end:
                os.close(fd)


class Pymodbus(rmtest.Case):
    EXPECTED = {("main", "energy_wh"): 123456789, ("main", "power_w"): 123.5,
                ("main", "current_a"): 15.34, ("main", "power_factor"): -0.985,
                ("breaker 1", "state"): 1, ("breaker 2", "state"): 1, ("mode", "state"): 9}

    def test_a_foreign_slave(self):
        cable = Cable()
        self.addCleanup(cable.close)
        rmtest.Process(self, "slave", [sys.executable, "-B", __file__, "--serve", cable.paths[1]])
        env = {"RACKMETER_PROFILES": os.path.join(rmtest.FIXTURES, "profiles-good")}
        endpoint = f"modbus-rtu://{cable.paths[0]}/{UNIT}{LINE}"

        def probe():
            done = self.rackmeter("probe", endpoint, "--profile", "every-modbus-key", "--format",
                                  "json", env=env)
            return json.loads(done.out) if done.status == 0 else None
        found = rmtest.until("pymodbus answers", probe)
        values = {(p["part"], p["quantity"]): p["value"] for p in found["points"]}
        for key, want in self.EXPECTED.items():
            self.assertEqual(values[key], want, f"{key}: {values}")
        # an address that is not there is an exception, and spoils nothing else
        self.assertIsNone(values["main", "alarm_flags"])


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--serve":
        serve(sys.argv[2])
        sys.exit(0)
    try:
        import pymodbus.server
        import serial_asyncio
    except ImportError as e:
        foreign.skip(f"{e.name} is not installed: python3-pymodbus, python3-serial-asyncio")
    assert pymodbus and serial_asyncio
    rmtest.main()
