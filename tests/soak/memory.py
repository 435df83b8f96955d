# SPDX-License-Identifier: Apache-2.0
"""A daemon that polls a hall of some 2,000 simulated devices while every minute some fall silent and
others come back, and every ten minutes the configuration is reloaded: its memory, minute by minute.
Exit 1 when the median of the last third is above that of the third before by more than 2 % and half
a MB, or when anything was dropped. For memory.sh."""
import os
import signal
import statistics
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
import load  # noqa: E402  (its folder is known only now)

MINUTE_S = float(os.environ.get("RACKMETER_MINUTE_S", "60"))  # shorter when it is only tried
LOOK_S = MINUTE_S / 12
SILENT = 40  # devices at a time


class Soak(load.Load):
    def look(self):
        return self.memory_mb("RssAnon"), self.memory_mb("VmRSS"), self.wal_mb()

    def silence(self, addresses, minute):
        """Some are silent for two minutes, each minute others: gaps, health, surveys again."""
        at = minute * SILENT
        these = [addresses[(at + i) % len(addresses)] for i in range(SILENT)]
        before = [addresses[(at - 2 * SILENT + i) % len(addresses)] for i in range(SILENT)]
        self.tell_all([f"fault {a} silence" for a in these] +
                      ([f"clear {a}" for a in before] if minute > 1 else []))

    def run(self, minutes, addresses):
        begun, looks, minute = time.monotonic(), [], 0
        print("| minute | anonymous MB | resident MB | WAL MB | database MB | devices silent |")
        print("|---|---|---|---|---|---|", flush=True)
        while minute < minutes:
            self.silence(addresses, minute)
            if minute % 10 == 5:
                self.daemon.send_signal(signal.SIGHUP)
            end = begun + MINUTE_S * (minute + 1)
            while time.monotonic() < end:
                time.sleep(min(LOOK_S, max(0.0, end - time.monotonic())))
                if self.daemon.poll() is not None:
                    with open(self.log_path, encoding="utf-8") as f:
                        sys.exit("rackmeterd ended: " + f.read()[-2000:])
                looks.append((minute, *self.look()))
            minute += 1
            last = [x[1:] for x in looks if x[0] == minute - 1]
            anon, rss, wal = (statistics.median(x) for x in zip(*last))
            away, = self.rows("SELECT count(*) FROM device_state WHERE state IN "
                              "('suspect', 'dormant')")[0]
            print(f"| {minute} | {anon:.2f} | {rss:.1f} | {wal:.1f} | "
                  f"{os.path.getsize(self.db_path) / 1e6:.0f} | {away} |", flush=True)
        return looks


def judge(looks, minutes):
    """looks: [(minute, anonymous MB, ...)]: the medians of the last two thirds, and whether it grows."""
    third = minutes // 3
    before, after = (statistics.median(x[1] for x in looks if first <= x[0] < first + third)
                     for first in (minutes - 2 * third, minutes - third))
    return before, after, after > before * 1.02 + 0.5


def main():
    minutes, devices, port = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    if minutes < 3:
        sys.exit("three minutes at least")
    racks = max(2, devices // 3)  # two PDUs and a BMC each
    load.Load.LIFE_S = 60 * minutes + 1800
    soak = Soak(port, "--racks", str(racks), "--rows", "1", "--every", "10s")
    try:
        soak.start()
        with open(os.path.join(soak.dir, "scene", "scene"), encoding="utf-8") as f:
            addresses = [line.split()[1] for line in f if line.startswith("device ")]
        took = soak.wait_surveyed(soak.devices, 600)
        print(f"{load.machine()}, {soak.devices} devices every 10 s, surveyed in {took:.0f} s")
        looks = soak.run(minutes, addresses)
        before, after, grows = judge(looks, minutes)
        soak.daemon.send_signal(signal.SIGTERM)
        status = soak.daemon.wait(120)
        with open(soak.log_path, encoding="utf-8") as f:
            end = [line for line in f if "stopping after" in line]
        dropped, = soak.rows("SELECT count(*) FROM v_gap WHERE cause LIKE '%queue%'")[0]
        print(f"\n{end[0].strip() if end else 'no last line'}")
        print(f"median of the second third: {before:.2f} MB, of the last: {after:.2f} MB "
              f"({100 * (after / before - 1):+.1f} %); gaps for a full queue: {dropped}")
        print("FAILED: it grows" if grows else "fine: it does not grow")
        return 1 if grows or dropped or status != 0 else 0
    finally:
        soak.close()


if __name__ == "__main__":
    sys.exit(main())
