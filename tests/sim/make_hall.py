#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a hall: a configuration for rackmeterd, and the scene for rackmeter-sim that
answers for it. Rack loads are generators; the UPS output is their sum and losses, the
utility is the UPS, its losses and the cooling, so the true figures are known.

  make_hall.py DIR [--racks 24] [--rows 3] [--every 2s] [--snmp-port N] [--modbus-port N] [--story]

writes DIR/config/*.csv, DIR/config/rackmeter.yaml and DIR/scene/. --story breaks three
things: a dead PDU, a rack over its budget, a hot inlet. The truth is in DIR/truth.json.

For load: --bmcs N (per rack), --bmc-every 30s, --dead PERCENT (silent from the start), and
--plain: rack PDUs of exactly 50 points and BMCs of exactly 8, one interval each, whose values
stand still. 10,000 racks with 20 BMCs take some seconds.
"""
import argparse
import json
import os

UPS_LOSS = 0.05      # of what the UPS delivers
DISTRIBUTION = 0.01  # lost between UPS output and racks
COOLING = 0.18       # of the UPS output
OTHER_W = 2000.0     # lighting and the like
BUDGET_W = 16000.0


def address(block, i):
    return f"127.{block + i // 62500}.{i // 250 % 250}.{1 + i % 250}"


class Fixture:
    """One device's answers, in the format of tests/fixtures/devices."""

    def __init__(self):
        self.rows = []

    def oid(self, oid, kind, raw):
        self.rows.append((oid, kind, raw))

    def write(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write("# An invented device of the simulated hall.\n")
            f.write("oid_or_register,type,raw\n")
            for oid, kind, raw in self.rows:
                f.write(f'{oid},{kind},"{raw}"\n')


def system_group(f, descr, object_id):
    f.oid("1.3.6.1.2.1.1.1.0", "string", descr)
    f.oid("1.3.6.1.2.1.1.2.0", "oid", object_id)
    f.oid("1.3.6.1.2.1.1.3.0", "timeticks", 360000)


# Each PDU maker returns the fixture and what follows the load: (oid, share of the rack PDU's
# W, energy start or None). share times W is the raw number.

def apc():
    f, live = Fixture(), []
    system_group(f, "APC Web/SNMP Management Card (AN1:apc_hw05_rpdu2g_700.bin MN:AP8886)",
                 "1.3.6.1.4.1.318.1.3.4.6")
    base = "1.3.6.1.4.1.318.1.1.26"
    f.oid("1.3.6.1.4.1.318.1.1.12.1.5.0", "string", "AP8886")
    f.oid("1.3.6.1.4.1.318.1.1.12.1.6.0", "string", "SIM0001")
    f.oid("1.3.6.1.4.1.318.1.1.12.1.3.0", "string", "v7.0.0")
    for column, raw in ((1, 1), (2, 1), (4, 2), (5, 500), (9, 100000), (12, 1), (13, 1), (14, 3),
                        (16, 520), (17, 96)):
        f.oid(f"{base}.4.3.1.{column}.1", "integer", raw)
    f.oid(f"{base}.4.3.1.3.1", "string", "rack PDU")
    live += [(f"{base}.4.3.1.5.1", 0.1, None), (f"{base}.4.3.1.16.1", 0.1 / 0.96, None),
             (f"{base}.4.3.1.9.1", 0.01, 100000)]
    for phase in (1, 2, 3):
        for column, raw in ((1, phase), (2, 1), (3, phase), (4, 2), (5, 80), (6, 230), (7, 170),
                            (8, 175), (9, 96)):
            f.oid(f"{base}.6.3.1.{column}.{phase}", "integer", raw)
        live += [(f"{base}.6.3.1.5.{phase}", 10 / 3 / 230 / 0.96, None),
                 (f"{base}.6.3.1.7.{phase}", 0.1 / 3, None)]
    for bank in range(1, 7):
        for column, raw in ((1, bank), (2, 1), (3, bank), (4, 2), (5, 40)):
            f.oid(f"{base}.8.3.1.{column}.{bank}", "integer", raw)
        live.append((f"{base}.8.3.1.5.{bank}", 10 / 6 / 230 / 0.96, None))
    for outlet in range(1, 13):
        for column, raw in ((1, outlet), (2, 1), (4, outlet), (6, 18), (7, 420), (11, 5000)):
            f.oid(f"{base}.9.4.3.1.{column}.{outlet}", "integer", raw)
        f.oid(f"{base}.9.4.3.1.3.{outlet}", "string", f"Outlet {outlet}")
        live.append((f"{base}.9.4.3.1.7.{outlet}", 1 / 12, None))
    return f, live


def raritan():
    f, live = Fixture(), []
    system_group(f, "Raritan PDU, MD:PX3-5190R HW:0x10 FW:4.2.0", "1.3.6.1.4.1.13742.6")
    base = "1.3.6.1.4.1.13742.6"
    f.oid(f"{base}.3.2.1.1.3.1", "string", "PX3-5190R")
    f.oid(f"{base}.3.2.1.1.4.1", "string", "SIM0002")
    f.oid(f"{base}.3.3.3.1.2.1.1", "string", "I1")
    # sensor type: digits, share of W
    inlet = {1: (3, 1000 / 230 / 0.97), 4: (0, None), 5: (0, 1.0), 6: (0, 1 / 0.97), 7: (2, None),
             8: (0, None), 23: (1, None)}
    still = {4: 400, 7: 97, 23: 500, 8: 123456}
    for kind, (digits, share) in inlet.items():
        f.oid(f"{base}.3.3.4.1.7.1.1.{kind}", "gauge32", digits)
        f.oid(f"{base}.5.2.3.1.2.1.1.{kind}", "integer", 1)
        f.oid(f"{base}.5.2.3.1.3.1.1.{kind}", "integer", 4)
        f.oid(f"{base}.5.2.3.1.4.1.1.{kind}", "gauge32", still.get(kind, 1000))
        if share:
            live.append((f"{base}.5.2.3.1.4.1.1.{kind}", share, None))
    live.append((f"{base}.5.2.3.1.4.1.1.8", 1.0, 123456))
    for pole in (1, 2, 3):
        for kind, digits, raw, share in ((1, 3, 8000, 1000 / 3 / 230 / 0.97), (5, 0, 1700, 1 / 3),
                                         (25, 0, 230, None)):
            f.oid(f"{base}.3.3.6.1.7.1.1.{pole}.{kind}", "gauge32", digits)
            f.oid(f"{base}.5.2.4.1.2.1.1.{pole}.{kind}", "integer", 1)
            f.oid(f"{base}.5.2.4.1.4.1.1.{pole}.{kind}", "gauge32", raw)
            if share:
                live.append((f"{base}.5.2.4.1.4.1.1.{pole}.{kind}", share, None))
    for outlet in range(1, 13):
        f.oid(f"{base}.3.5.3.1.3.1.{outlet}", "string", f"Outlet {outlet}")
        for kind, digits, raw, share in ((1, 3, 1800, 1000 / 12 / 230 / 0.97), (5, 0, 420, 1 / 12)):
            f.oid(f"{base}.3.5.4.1.7.1.{outlet}.{kind}", "gauge32", digits)
            f.oid(f"{base}.5.4.3.1.2.1.{outlet}.{kind}", "integer", 1)
            f.oid(f"{base}.5.4.3.1.4.1.{outlet}.{kind}", "gauge32", raw)
            live.append((f"{base}.5.4.3.1.4.1.{outlet}.{kind}", share, None))
    return f, live


def sentry():
    f, live = Fixture(), []
    system_group(f, "Sentry Smart PDU", "1.3.6.1.4.1.1718.4")
    base = "1.3.6.1.4.1.1718.4.1"
    f.oid(f"{base}.1.1.3.0", "string", "Version 8.0n")
    f.oid(f"{base}.2.2.1.5.1", "string", "C2S42CE")
    f.oid(f"{base}.3.2.1.3.1.1", "string", "Master_Cord_A")
    for column, raw, share in ((2, 0, None), (3, 5000, 1.0), (5, 5200, 1 / 0.96), (7, 400, None),
                               (8, 96, None), (11, 500, None), (12, 10, None)):
        f.oid(f"{base}.3.3.1.{column}.1.1", "integer", raw)
        if share:
            live.append((f"{base}.3.3.1.{column}.1.1", share, None))
    f.oid(f"{base}.3.3.1.10.1.1", "integer", 25659)
    live.append((f"{base}.3.3.1.10.1.1", 0.01, 25659))
    for line in (1, 2, 3):
        f.oid(f"{base}.4.2.1.4.1.1.{line}", "string", f"AA:L{line}")
        f.oid(f"{base}.4.3.1.2.1.1.{line}", "integer", 0)
        f.oid(f"{base}.4.3.1.3.1.1.{line}", "integer", 800)
        live.append((f"{base}.4.3.1.3.1.1.{line}", 100 / 3 / 230 / 0.96, None))
        f.oid(f"{base}.5.2.1.4.1.1.{line}", "string", f"AA:L{line}-N")
        for column, raw, share in ((3, 2300, None), (6, 800, 100 / 3 / 230 / 0.96), (8, 1700, 1 / 3)):
            f.oid(f"{base}.5.3.1.{column}.1.1.{line}", "integer", raw)
            if share:
                live.append((f"{base}.5.3.1.{column}.1.1.{line}", share, None))
    for outlet in range(1, 13):
        f.oid(f"{base}.8.2.1.3.1.1.{outlet}", "string", f"Master_Outlet_{outlet}")
        f.oid(f"{base}.8.3.1.3.1.1.{outlet}", "integer", 180)
        f.oid(f"{base}.8.3.1.7.1.1.{outlet}", "integer", 420)
        live.append((f"{base}.8.3.1.7.1.1.{outlet}", 1 / 12, None))
    return f, live


INLET_OID = "1.3.6.1.4.1.674.10892.5.4.700.20.1.6.1.1"


def idrac():
    f = Fixture()
    system_group(f, "", "1.3.6.1.4.1.674.10892.5")
    base = "1.3.6.1.4.1.674.10892.5"
    f.oid(f"{base}.1.3.12.0", "string", "PowerEdge R760")
    f.oid(f"{base}.1.3.2.0", "string", "SIM0003")
    f.oid(f"{base}.4.600.30.1.5.1.1", "integer", 3)
    f.oid(f"{base}.4.600.30.1.6.1.1", "integer", 640)
    f.oid(f"{base}.4.600.30.1.7.1.1", "integer", 26)
    f.oid(f"{base}.4.600.30.1.8.1.1", "string", "System Board Pwr Consumption")
    for sensor, (label, raw) in enumerate((("System Board Inlet Temp", 230),
                                           ("System Board Exhaust Temp", 380)), 1):
        f.oid(f"{base}.4.700.20.1.5.1.{sensor}", "integer", 3)
        f.oid(f"{base}.4.700.20.1.6.1.{sensor}", "integer", raw)
        f.oid(f"{base}.4.700.20.1.8.1.{sensor}", "string", label)
    for fan in (1, 2, 3, 4):
        f.oid(f"{base}.4.700.12.1.6.1.{fan}", "integer", 7200)
        f.oid(f"{base}.4.700.12.1.8.1.{fan}", "string", f"System Board Fan{fan}")
    return f


# Devices of a size that can be told in one line; their objects are those of real ones.
PLAIN_PROFILES = {
    "plain-pdu": """\
# SPDX-License-Identifier: Apache-2.0
# 50 points in one interval, after APC's second generation.
profile: plain-pdu
title: rack PDU of 50 points
vendor: rackmeter
category: rack_pdu
protocol: snmp
oid: 1.3.6.1.4.1.318.1.1.26
document: PowerNet-MIB
identify:
  - sysobjectid: 1.3.6.1.4.1.318.1.3.4.6
limits: {varbinds: 25, max_repetitions: 20}
points:
  - oid: .4.3.1
    index: 1
    part: main
    points:
      - {power_w: .5, scale: 10, main: true, source: rPDU2DeviceStatusPower}
      - {energy_wh: .9, scale: 100, main: true, source: rPDU2DeviceStatusEnergy}
  - oid: .6.3.1
    index: phase
    part: phase L{phase}
    phase: phase
    points:
      - {current_a: .5, scale: 0.1, source: rPDU2PhaseStatusCurrent}
      - {voltage_v: .6, source: rPDU2PhaseStatusVoltage}
      - {power_w: .7, scale: 10, source: rPDU2PhaseStatusPower}
  - oid: .8.3.1
    index: bank
    part: bank {bank}
    points:
      - {current_a: .5, scale: 0.1, source: rPDU2BankStatusCurrent}
  - oid: .9.4.3.1
    index: outlet
    part: outlet {outlet}
    points:
      - {current_a: .6, scale: 0.1, source: rPDU2OutletMeteredStatusCurrent}
      - {power_w: .7, source: rPDU2OutletMeteredStatusPower}
      - {energy_wh: .11, scale: 100, source: rPDU2OutletMeteredStatusEnergy}
""",
    "plain-bmc": """\
# SPDX-License-Identifier: Apache-2.0
# 8 points in one interval, after Dell's iDRAC.
profile: plain-bmc
title: BMC of 8 points
vendor: rackmeter
category: bmc
protocol: snmp
oid: 1.3.6.1.4.1.674.10892.5.4
document: IDRAC-MIB-SMIv2
identify:
  - sysobjectid: 1.3.6.1.4.1.674.10892.5
limits: {varbinds: 20, max_repetitions: 10}
points:
  - oid: .600.30.1
    index: 1.1
    part: main
    points:
      - {power_w: .6, main: true, source: amperageProbeReading}
  - {energy_wh: .600.60.1.7, index: 1.1, part: main, main: true, source: powerUsageCumulativeWattage}
  - oid: .700.20.1
    index: 1.sensor
    part: sensor {sensor}
    points:
      - {temperature_c: .6, scale: 0.1, source: temperatureProbeReading}
  - oid: .700.12.1
    index: 1.fan
    part: fan {fan}
    points:
      - {fan_rpm: .6, source: coolingDeviceReading}
""",
}


def plain_pdu():
    f = Fixture()
    system_group(f, "a rack PDU of 50 points", "1.3.6.1.4.1.318.1.3.4.6")
    base = "1.3.6.1.4.1.318.1.1.26"
    f.oid(f"{base}.4.3.1.5.1", "integer", 500)
    f.oid(f"{base}.4.3.1.9.1", "integer", 100000)
    for phase in (1, 2, 3):
        for column, raw in ((5, 80), (6, 230), (7, 170)):
            f.oid(f"{base}.6.3.1.{column}.{phase}", "integer", raw)
        f.oid(f"{base}.8.3.1.5.{phase}", "integer", 80)
    for outlet in range(1, 13):
        for column, raw in ((6, 18), (7, 420), (11, 5000)):
            f.oid(f"{base}.9.4.3.1.{column}.{outlet}", "integer", raw)
    return f


def plain_bmc():
    f = Fixture()
    system_group(f, "a BMC of 8 points", "1.3.6.1.4.1.674.10892.5")
    base = "1.3.6.1.4.1.674.10892.5.4"
    f.oid(f"{base}.600.30.1.6.1.1", "integer", 640)
    f.oid(f"{base}.600.60.1.7.1.1", "integer", 123456)
    for sensor in (1, 2):
        f.oid(f"{base}.700.20.1.6.1.{sensor}", "integer", 230)
    for fan in (1, 2, 3, 4):
        f.oid(f"{base}.700.12.1.6.1.{fan}", "integer", 7200)
    return f


def is_dead(i, percent):
    """Spread evenly: of every 100 devices so many."""
    return (i * 37) % 100 < percent


def meter(space, last):
    f = Fixture()
    f.oid(f"{space}:0" if space == "input" else "holding:2999", "words", "00" * 2 * last)
    if space == "holding":
        f.oid("holding:29", "words", "SIM METER".ljust(40).encode().hex())
        f.oid("holding:49", "words", "PM5330".ljust(40).encode().hex())
    return f


def write(path, lines, mode=0o644):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w",
              encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    os.chmod(path, mode)


def main():
    arg = argparse.ArgumentParser(description="configuration and scene of a simulated hall")
    arg.add_argument("dir")
    arg.add_argument("--racks", type=int, default=24)
    arg.add_argument("--rows", type=int, default=3)
    arg.add_argument("--every", default="2s")
    arg.add_argument("--group", help="grid of the sums, default: as --every")
    arg.add_argument("--snmp-port", type=int, default=16100)
    arg.add_argument("--modbus-port", type=int, default=15020)
    arg.add_argument("--no-bmcs", action="store_true")
    arg.add_argument("--bmcs", type=int, default=1, help="per rack")
    arg.add_argument("--bmc-every", default="", help="default: as --every")
    arg.add_argument("--dead", type=int, default=0, help="percent of PDUs and BMCs")
    arg.add_argument("--gateways", type=int, default=0, help="Modbus units in the scene alone")
    arg.add_argument("--plain", action="store_true")
    arg.add_argument("--story", action="store_true")
    a = arg.parse_args()
    config, scene_dir = os.path.join(a.dir, "config"), os.path.join(a.dir, "scene")
    os.makedirs(config, exist_ok=True)
    os.makedirs(scene_dir, exist_ok=True)

    makers = {"apc-rpdu2": apc, "raritan-px2": raritan, "sentry4": sentry}
    bmc_profile, bmc_fixture, live = "dell-idrac", idrac(), {}
    if a.plain:
        makers = {"plain-pdu": lambda: (plain_pdu(), [])}
        bmc_profile, bmc_fixture = "plain-bmc", plain_bmc()
        os.makedirs(os.path.join(config, "profiles"), exist_ok=True)
        for name, text in PLAIN_PROFILES.items():
            write(os.path.join(config, "profiles", name + ".yaml"), text.splitlines())
    for name, maker in makers.items():
        fixture, live[name] = maker()
        fixture.write(os.path.join(scene_dir, name + ".csv"))
    bmc_fixture.write(os.path.join(scene_dir, bmc_profile + ".csv"))
    meter("holding", 240).write(os.path.join(scene_dir, "schneider-pm5000.csv"))
    meter("input", 382).write(os.path.join(scene_dir, "eastron-sdm630.csv"))

    per_row = -(-a.racks // a.rows)
    width = max(2, len(str(a.racks)))
    racks, circuits, devices, channels, scene = [], [], [], [], []
    names = [f"R{i + 1:0{width}d}" for i in range(a.racks)]
    story = {}
    if a.story:
        story = {"over_budget": names[6 % a.racks], "dead_pdu": f"PDU-{names[13 % a.racks]}-B",
                 "hot_inlet": names[18 % a.racks]}

    circuits += ["UTIL-1,utility,,,,3ph-wye,400,,4000,,,4000,1,,the grid",
                 "UPS-1,ups,,H1,UTIL-1,3ph-wye,400,,,2500,2400,,1,4/5,",
                 "COOL-1,panel,,H1,UTIL-1,3ph-wye,400,,1000,,,1000,1,,chillers and fan walls"]
    for row in range(1, a.rows + 1):
        for side in "AB":
            circuits.append(f"BUS-{row}{side},busway,{side},H1,UPS-1,3ph-wye,400,,800,,,800,0.8,,")
    total_w = 0.0
    for i, rack in enumerate(names):
        row = i // per_row + 1
        load_w = 9800.0 + 3600.0 * ((i * 37) % 101) / 100.0
        if rack == story.get("over_budget"):
            load_w = 17200.0
        total_w += load_w
        scene.append(f"gen {rack} walk {load_w:.0f} 120 {i + 1}")
        racks.append(f"{rack},H1,r{row},{i % per_row + 1},live,{'acme' if i % 3 else 'blue'},"
                     f"{rack}-A {rack}-B,2N,{BUDGET_W / 1000:g},34,A2,")
        for k, side in enumerate("AB"):
            circuits.append(f"{rack}-{side},feed,{side},H1,BUS-{row}{side},3ph-wye,400,,32,,,32,0.8,,")
            profile = list(makers)[(i + k) % len(makers)]
            pdu, where = f"PDU-{rack}-{side}", address(1, 2 * i + k)
            devices.append(f"{pdu},snmp://{where}:{a.snmp_port},{profile},ro,,{rack},{rack}-{side},"
                           "it_in,primary,1,1,")
            scene.append(f"device {where} snmp {profile}.csv")
            share = 0.52 if side == "A" else 0.48
            for oid, factor, start in live[profile]:
                scene.append(f"set {where} {oid} {rack} {factor * share:.9g}"
                             + (f" energy {start}" if start is not None else ""))
            if pdu == story.get("dead_pdu") or is_dead(2 * i + k, a.dead):
                scene.append(f"fault {where} silence")
        for k in range(0 if a.no_bmcs else a.bmcs):
            bmc = f"BMC-{rack}" + (f"-{k + 1:02d}" if a.bmcs > 1 else "")
            where = address(2, i * a.bmcs + k)
            devices.append(f"{bmc},snmp://{where}:{a.snmp_port},{bmc_profile},ro,{a.bmc_every},"
                           f"{rack},,,check,1,,")
            scene.append(f"device {where} snmp {bmc_profile}.csv")
            if is_dead(i * a.bmcs + k, a.dead):
                scene.append(f"fault {where} silence")
            if a.plain or k:
                continue
            channels.append(f"{bmc},sensor 1,{rack},inlet")
            inlet_c = 31.4 if rack == story.get("hot_inlet") else 21.5 + (i * 13 % 20) / 10.0
            scene += [f"gen {rack}-inlet walk {inlet_c * 10:.0f} 4 {1000 + i}",
                      f"set {where} {INLET_OID} {rack}-inlet 1"]

    scene += [f"device {address(1, i)} modbus 1 schneider-pm5000.csv" for i in range(a.gateways)]
    scene += [f"gen ups-out sum {1 + DISTRIBUTION} " + " ".join(names),
              f"gen other const {OTHER_W}", f"gen cooling sum {COOLING} ups-out",
              f"gen ups-in sum {1 + UPS_LOSS} ups-out", "gen utility sum 1 ups-in cooling other"]
    m = [address(9, k) for k in range(3)]
    for k, (name, circuit, role, gen, profile) in enumerate((
            ("UTIL-1-M", "UTIL-1", "utility", "utility", "schneider-pm5000"),
            ("UPS-1-M", "UPS-1", "ups_out", "ups-out", "schneider-pm5000"),
            ("COOL-1-M", "COOL-1", "cooling", "cooling", "eastron-sdm630"))):
        devices.append(f"{name},modbus://{m[k]}:{a.modbus_port}/1,{profile},,,,{circuit},{role},primary,1,0.2,0.5")
        scene.append(f"device {m[k]} modbus 1 {profile}.csv")
        if profile == "schneider-pm5000":
            scene += [f"set {m[k]}/1 holding:3059 f32 {gen} 0.001",
                      f"set {m[k]}/1 holding:3203 s64 {gen} 1 energy 8123456789"]
        else:
            scene += [f"set {m[k]}/1 input:52 f32 {gen} 1",
                      f"set {m[k]}/1 input:72 f32 {gen} 0.001 energy 81234.5"]

    write(os.path.join(config, "rackmeter.yaml"), [
        "# A simulated hall (made by tests/sim/make_hall.py).", "version: 1", "site: demo",
        "zone: UTC", "database: ../rackmeter.db", "credentials: credentials.yaml",
        *(["profiles: [profiles]"] if a.plain else []),
        f"intervals: {{default: {a.every}, group: {a.group or a.every}}}", "boundary:",
        "  - name: site", '    facility: ["+ role:utility"]',
        '    it: {category: 1, sum: ["+ role:ups_out"]}',
        "limits: {warn: 0.95, hold: 5m, clear: 0.03}"])
    write(os.path.join(config, "credentials.yaml"),
          ["credentials:", "  ro: {version: 2c, community: public}"], 0o600)
    write(os.path.join(config, "racks.csv"),
          ["rack,hall,row,pos,status,tenant,feeds,redundancy,budget_kw,nameplate_kw,"
           "thermal_class,valid_from"] + racks)
    write(os.path.join(config, "circuits.csv"),
          ["circuit,kind,side,hall,fed_by,system,volts,phases,rated_a,rated_kva,rated_kw,trip_a,"
           "derate,modules,note"] + circuits)
    write(os.path.join(config, "devices.csv"),
          ["device,endpoint,profile,credential,every,rack,circuit,role,use,factor,acc_pct,ct_acc_pct"] + devices)
    write(os.path.join(config, "channels.csv"), ["device,part,rack,position"] + channels)
    write(os.path.join(scene_dir, "scene"), scene)
    ups_w = total_w * (1 + DISTRIBUTION)
    with open(os.path.join(a.dir, "truth.json"), "w", encoding="utf-8") as f:
        json.dump(dict(story, pue=(ups_w * (1 + UPS_LOSS + COOLING) + OTHER_W) / ups_w,
                       it_w=ups_w, racks_w=total_w, racks=a.racks, devices=len(devices)), f)


if __name__ == "__main__":
    main()
