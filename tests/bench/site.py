#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""SITE, a gigawatt: 20,000 rack PDUs x 50 points every 10 s and 200,000 BMCs x 8 points every 30 s,
5 % of all devices dead from the start. Called by site.sh. Numbers to reach: no late poll of a
healthy device, all threads under 0.4 of a core, less than 1 GB resident.
  site.py [RACKS] [SECONDS]"""
import datetime
import sys

import load

# With 5 % of each kind dead the rest of a kind is polled completely; make_hall spreads the dead by
# the number of the device, and only a device that was surveyed has a scan at all.
NOBODY = "SELECT ''"


def main():
    racks = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 180
    l = load.Load(17561, "--racks", str(racks), "--rows", str(max(1, racks // 100)), "--every", "10s",
                  "--bmcs", "20", "--bmc-every", "30s", "--dead", "5", "--plain")
    try:
        l.start()
        living = l.devices - l.silent
        load.say(f"{l.devices} devices, {l.silent} of them dead; surveying")
        survey_s = l.wait_surveyed(living, 900)
        survey_cpu = l.threads()
        load.say(f"surveyed in {survey_s:.0f} s (CPU s: "
                 + ", ".join(f"{k} {v:.1f}" for k, v in sorted(survey_cpu.items()))
                 + f"); polling {seconds} s")
        w = l.measure(seconds)
        peak = l.memory_mb("VmHWM")
        end = l.stop()
        points = l.rows("SELECT count(*) FROM point WHERE valid_to IS NULL")[0][0]
        first = w["from"]
        last = first + (w["to"] - first - 12) // 30 * 30
        stored = l.stored(first, last, NOBODY)
        late = l.rows("SELECT count(*) FROM gap WHERE cause IN (40, 41, 42) AND from_ts >= ?",
                      first)[0][0]
    finally:
        l.close()
    threads = ", ".join(f"{k} {v:.3f}" for k, v in sorted(w["threads"].items()) if v >= 0.0005)
    print("| date | machine | devices | points | survey | requests/s | samples/s | late | missing "
          "| CPU of a core | by thread | us/request | RSS (peak) | queue max | WAL | sim |")
    print("|" + "---|" * 16)
    print(f"| {datetime.date.today()} | {load.machine()} | {l.devices} ({l.silent} dead) | {points} "
          f"| {survey_s:.0f} s | {w['requests']:.0f} | {stored['values_s']:.0f} | {late} | "
          f"{stored['missing']} of {stored['rows']} | {w['cpu']:.3f} | {threads} | {w['us']:.1f} | "
          f"{w['rss_mb']:.0f} MB ({peak:.0f}) | {end['queue']} | {w['wal_mb']:.0f} MB | "
          f"{w['sim']:.2f} |")
    print(f"\nlongest delay of the loop {end['lag_ms']:.0f} ms; at their deadline since the start: "
          f"{end['overrun']}; late since the start: {end['late']}")
    ok = late == 0 and stored["missing"] == 0 and w["cpu"] <= 0.4 and w["rss_mb"] < 1000
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
