#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the configuration of the site that the dashboards are tested on: site.py DIR RACKS

Two halls, 20 rows (4 of a site below 100 racks), an A and a B rack PDU per rack, a busway without
a meter per row and side, eight UPSes with meters, a utility meter and cooling. The loads and what
is broken are in fill.c, which names things as this file does. Times are those of fill.c's NOW.
"""
import csv
import os
import sys
from datetime import datetime, timedelta, timezone

NOW = datetime(2026, 11, 20, 1, 23, 30, tzinfo=timezone.utc)  # fill.c: NOW
TENANTS = ("acme", "blue", "corvid", "delta", "ember", "fjord", "gale")


def at(**back):
    return (NOW - timedelta(**back)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def table(directory, name, header, rows):
    with open(os.path.join(directory, name), "w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(header.split(","))
        out.writerows(row.split(",") for row in rows)


def tables(directory, count):
    rows = 20 if count >= 100 else 4
    per_row = -(-count // rows)
    racks, devices, channels = [], [], []
    circuits = ["UTIL-1,utility,,,,3ph-wye,400,,20000,,,20000,1,the grid",
                "COOL-1,panel,,,UTIL-1,3ph-wye,400,,4000,,,4000,1,chillers and fan walls"]
    meters = [("UTIL-1-M", "UTIL-1", "utility"), ("COOL-1-M", "COOL-1", "cooling")]
    for side in "AB":
        for k in range(1, 5):
            circuits.append(f"UPS-{side}{k},ups,{side},H{(k + 1) // 2},UTIL-1,3ph-wye,400,,4000,,"
                            "2400,4000,1,")
            meters.append((f"UPS-{side}{k}-M", f"UPS-{side}{k}", "ups_out"))
        for row in range(1, rows + 1):
            hall = 1 if row <= rows // 2 else 2
            ups = 2 * hall - row % 2
            circuits.append(f"BUS-{row:02}{side},busway,{side},H{hall},UPS-{side}{ups},3ph-wye,400,,"
                            "800,,,800,0.8,")
    for i in range(count):
        row, pos = i // per_row + 1, i % per_row + 1
        hall = 1 if row <= rows // 2 else 2
        rack = f"R{i + 1:04}"
        racks.append(f"{rack},H{hall},r{row:02},{pos},live,{TENANTS[i % len(TENANTS)]},"
                     f"{rack}-A {rack}-B,2N,16,34,A2")
        for k, side in enumerate("AB"):
            rated, trip = (8, 10) if f"{rack}-{side}" == "R0005-A" else (32, 32)
            circuits.append(f"{rack}-{side},feed,{side},H{hall},BUS-{row:02}{side},3ph-wye,400,L1L2L3,"
                            f"{rated},,,{trip},0.8,")
            devices.append(f"PDU-{rack}-{side},snmp://10.{1 + k}.{i // 250}.{1 + i % 250},apc-rpdu2,ro,"
                           f"60s,{rack},{rack}-{side},it_in,primary,1,1,")
        channels += [f"PDU-{rack}-A,sensor 1,{rack},inlet top",
                     f"PDU-{rack}-B,sensor 1,{rack},outlet top"]
    for hall, circuit in (("H1", "BUS-01A"), ("H2", f"BUS-{rows:02}A")):
        devices.append(f"AIR-{hall},snmp://10.9.1.{hall[1]},akcp-sensorprobe,ro,60s,,{circuit},,none,1,,")
        channels += [f"AIR-{hall},port 1,,supply", f"AIR-{hall},port 2,,return"]
    devices += [f"{name},modbus://10.9.0.{k + 1}/1,schneider-pm5000,,10s,,{circuit},{role},primary,1,"
                "0.2,0.5" for k, (name, circuit, role) in enumerate(meters)]
    table(directory, "racks.csv", "rack,hall,row,pos,status,tenant,feeds,redundancy,budget_kw,"
          "nameplate_kw,thermal_class", racks)
    table(directory, "circuits.csv", "circuit,kind,side,hall,fed_by,system,volts,phases,rated_a,"
          "rated_kva,rated_kw,trip_a,derate,note", circuits)
    table(directory, "devices.csv", "device,endpoint,profile,credential,every,rack,circuit,role,use,"
          "factor,acc_pct,ct_acc_pct", devices)
    table(directory, "channels.csv", "device,part,rack,position", channels)


def main():
    directory, count = sys.argv[1], int(sys.argv[2])
    os.makedirs(directory, exist_ok=True)
    tables(directory, count)
    table(directory, "budgets.csv", "scope,id,measure,value,unit,window,valid_from,source",
          [f"site,,contract,{count * 24},kVA,30m fixed,2024-01-01,supply contract",
           f"hall,H1,power,{count * 7},kW,,2024-01-01,design"])
    table(directory, "tariffs.csv", "tariff,valid_from,valid_to,days,start,end,clock,kind,price,unit,"
          "currency", ["std,2024-01-01,,mon-fri,06:00,22:00,local,energy,0.1420,kWh,EUR",
                       "std,2024-01-01,,mon-fri,22:00,06:00,local,energy,0.1040,kWh,EUR",
                       "std,2024-01-01,,sat+sun,,,local,energy,0.1040,kWh,EUR",
                       "std,2024-01-01,,,,,standard,demand_15m,9.80,kW-month,EUR"])
    table(directory, "log.csv", "from,to,scope,id,kind,quantity,value,unit,ref,who,note",
          [f"{at(hours=30)},{at(hours=28)},circuit,BUS-02B,planned,,,,CHG-1,fm,busway service",
           f"{at(hours=1)},{at(hours=-2)},circuit,BUS-04B,planned,,,,CHG-2,fm,tap-off replaced",
           f"{at(days=40)},{at(days=39)},site,,note,,,,,fm,inspection"])
    with open(os.path.join(directory, "credentials.yaml"), "w", encoding="utf-8") as f:
        f.write("credentials:\n  ro: {version: 2c, community: public}\n")
    os.chmod(os.path.join(directory, "credentials.yaml"), 0o600)
    with open(os.path.join(directory, "rackmeter.yaml"), "w", encoding="utf-8") as f:
        f.write("version: 1\nsite: north\nzone: Europe/Berlin\ndatabase: rackmeter.db\n"
                "credentials: credentials.yaml\nintervals: {default: 60s, group: 10s}\nboundary:\n"
                '  - name: site\n    facility: ["+ role:utility"]\n'
                '    it: {category: 1, sum: ["+ role:ups_out"]}\n'
                "limits: {warn: 0.90, hold: 5m, clear: 0.03}\n")


main()
