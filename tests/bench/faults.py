#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""2,000 rack PDUs every 10 s, of which 20 % fall silent at once, long enough to be asked every two
minutes only, and then all return. The others must not lose an instant, and the last of those that
were away must be back within 130 s. Called by faults.sh.
  faults.py [RACKS] [SILENT-SECONDS]"""
import datetime
import sys
import time

import load

BACK_S = 130


def main():
    racks = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    silent_s = int(sys.argv[2]) if len(sys.argv) > 2 else 150
    l = load.Load(17261, "--racks", str(racks), "--rows", "10", "--every", "10s", "--no-bmcs", "--plain")
    try:
        l.start()
        pdus = 2 * racks
        l.wait_surveyed(pdus, 120)
        with open(f"{l.dir}/config/devices.csv", encoding="utf-8") as f:
            pairs = [line.split(",")[:2] for line in f if line.startswith("PDU-")]
        away = [(name, endpoint.split("/")[2].split(":")[0]) for name, endpoint in pairs[::5]]
        load.say(f"surveyed; {len(away)} of {pdus} fall silent in 15 s for {silent_s} s")
        time.sleep(15)
        first = int(time.time()) + 1
        cpu = sum(l.threads().values())
        l.tell_all([f"fault {address} silence" for _, address in away])
        gone = time.monotonic()
        time.sleep(silent_s)
        silent_cpu = (sum(l.threads().values()) - cpu) / silent_s
        l.tell_all([f"clear {address}" for _, address in away])
        back_ts, back = int(time.time()), time.monotonic()
        names = "(" + ",".join(f"'{name}'" for name, _ in away) + ")"
        sql = f"""SELECT count(DISTINCT s.id), (SELECT count(*) FROM hot AS h JOIN scan AS s
                      ON s.id = h.scan JOIN entity AS e ON e.id = s.entity
                      WHERE h.ts > ? AND h.ts < ? AND e.name IN {names})
                  FROM hot AS h JOIN scan AS s ON s.id = h.scan JOIN entity AS e ON e.id = s.entity
                  WHERE h.ts > ? AND e.name IN {names}"""
        took, seen = 0.0, 0
        while seen < len(away) and time.monotonic() - back < BACK_S + 60:
            time.sleep(0.5)
            seen, during = l.rows(sql, first + 15, back_ts, back_ts)[0]
            took = time.monotonic() - back
        # The first row of a device is up to one interval later than its first answer.
        answered = l.rows("""SELECT max(since) FROM device_state AS d JOIN entity AS e
                             ON e.id = d.entity WHERE d.state = 'ok' AND e.name IN """ + names)[0][0]
        time.sleep(11)
        last = int(time.time()) - 3
        end = l.stop()
        healthy = l.stored(first, first + (last - first) // 10 * 10, names[1:-1])
        gaps = l.rows(f"""SELECT count(*) FROM gap AS g JOIN scan AS s ON s.id = g.scan
                          JOIN entity AS e ON e.id = s.entity
                          WHERE e.name LIKE 'PDU-%' AND e.name NOT IN {names} AND g.from_ts >= ?""",
                      first)[0][0]
    finally:
        l.close()
    answer_s = answered - back_ts if answered else -1
    print("| date | machine | devices | silent | for | rows of the silent meanwhile | late | missing "
          "rows of the healthy | gaps of the healthy | all answer after | all stored after | CPU meanwhile |")
    print("|" + "---|" * 12)
    print(f"| {datetime.date.today()} | {load.machine()} | {pdus} | {len(away)} | {back - gone:.0f} s | "
          f"{during} | {end['late']} | {healthy['missing']} of {healthy['scans']} devices | {gaps} | "
          f"{answer_s} s{'' if seen == len(away) else ' (not all)'} | {took:.0f} s | {silent_cpu:.4f} |")
    ok = seen == len(away) and answer_s <= BACK_S and not healthy["missing"] and not gaps
    return 0 if ok and not end["late"] else 1


if __name__ == "__main__":
    sys.exit(main())
