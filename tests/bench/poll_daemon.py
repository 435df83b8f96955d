#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The whole rackmeterd on N rack PDUs of 50 points every 10 s: CPU of all its threads per request,
and memory at rest. Called by poll_snmp.sh.
  poll_daemon.py DEVICES [SECONDS]"""
import sys

import load


def main():
    n = int(sys.argv[1])
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    l = load.Load(17461, "--racks", str(n // 2), "--rows", str(max(1, n // 200)), "--every", "10s",
                  "--no-bmcs", "--plain")
    try:
        l.start()
        l.wait_surveyed(n, 300)
        l.measure(10)
        w = l.measure(seconds)
        end = l.stop()
    finally:
        l.close()
    threads = ", ".join(f"{k} {v:.3f}" for k, v in sorted(w["threads"].items()) if v >= 0.0005)
    allowed = 64 + 2 * n / 1024
    print(f"| {n} | {w['requests']:.0f} | {w['us']:.1f} | {w['cpu']:.3f} | {threads} | {end['late']} | "
          f"{w['rss_mb']:.0f} MB | {allowed:.0f} MB |", flush=True)


if __name__ == "__main__":
    main()
