#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What other collectors take for the same SNMP request of 25 varbinds, or a Modbus request, against
the simulator: CPU of their process per request that the simulator saw. A peer that is not installed
is a plain line. Called by poll_snmp.sh and poll_modbus.sh.
  peers.py snmp|modbus [DEVICES] [SECONDS]"""
import http.client
import os
import subprocess
import sys
import threading
import time

import load

OUTLETS = [f"1.3.6.1.4.1.318.1.1.26.9.4.3.1.{c}.{o}" for o in range(1, 13) for c in (6, 7)]
NAMES = OUTLETS + ["1.3.6.1.4.1.318.1.1.26.4.3.1.5.1"]
COLLECTD = "/usr/sbin/collectd"
EXPORTER = "/usr/bin/prometheus-snmp-exporter"


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / load.TICK


def row(name, requests, cpu, note):
    if requests:
        print(f"| {name} | {requests} | {cpu / requests * 1e6:.0f} | {note} |")
    else:
        print(f"| {name} | 0 | asked nothing; not measured | {note} |")


def addresses(n):
    return [f"127.{1 + i // 62500}.{i // 250 % 250}.{1 + i % 250}" for i in range(n)]


def collectd(l, kind, n, seconds, port):
    plugin = f"/usr/lib/collectd/{kind}.so"
    if not (os.path.exists(COLLECTD) and os.path.exists(plugin)):
        print(f"| collectd {kind} | absent | | apt-get install collectd-core |")
        return
    conf = os.path.join(l.dir, "collectd.conf")
    with open(os.path.join(l.dir, "types.db"), "w", encoding="utf-8") as f:
        f.write("rm25\t" + ", ".join(f"v{i}:GAUGE:U:U" for i in range(len(NAMES))) + "\n"
                "gauge\tvalue:GAUGE:U:U\n")
    with open(conf, "w", encoding="utf-8") as f:
        f.write(f"BaseDir \"{l.dir}\"\nPIDFile \"{l.dir}/collectd.pid\"\nInterval 1\nReadThreads 5\n"
                f"TypesDB \"{l.dir}/types.db\"\nHostname \"bench\"\nFQDNLookup false\n"
                f"LoadPlugin {kind}\n<Plugin {kind}>\n")
        if kind == "snmp":
            f.write("<Data \"all\">\nType \"rm25\"\nTable false\nValues "
                    + " ".join(f'"{oid}"' for oid in NAMES) + "\n</Data>\n")
            for i, a in enumerate(addresses(n)):
                f.write(f"<Host \"d{i}\">\nAddress \"udp:{a}:{port}\"\nVersion 2\n"
                        "Community \"public\"\nCollect \"all\"\nInterval 1\n</Host>\n")
        else:
            f.write("<Data \"word\">\nRegisterBase 0\nRegisterType uint16\nRegisterCmd ReadHolding\n"
                    "Type gauge\nInstance \"x\"\n</Data>\n")
            for i, a in enumerate(addresses(n)):
                f.write(f"<Host \"d{i}\">\nAddress \"{a}\"\nPort \"{port + 1}\"\nInterval 1\n"
                        "<Slave 1>\nInstance \"s\"\nCollect \"word\"\n</Slave>\n</Host>\n")
        f.write("</Plugin>\n")
    with open(os.path.join(l.dir, "collectd.log"), "wb") as log:
        peer = l.spawn([COLLECTD, "-f", "-C", conf], stdout=log, stderr=log)
    counter = l.requests if kind == "snmp" else l.modbus_requests
    time.sleep(4)
    if peer.poll() is not None:
        print(f"| collectd {kind} | did not start | | |")
        return
    requests, cpu = counter(), cpu_of(peer.pid)
    time.sleep(seconds)
    what = f"{len(NAMES)} varbinds" if kind == "snmp" else "1 register (it cannot ask for a block)"
    row(f"collectd {kind}, {n} devices", counter() - requests, cpu_of(peer.pid) - cpu, what)
    peer.terminate()
    try:
        peer.wait(timeout=10)
    except subprocess.TimeoutExpired:
        peer.kill()


def exporter(l, n, seconds, port):
    if not os.path.exists(EXPORTER):
        print("| snmp_exporter | absent | | apt-get install prometheus-snmp-exporter |")
        return
    conf = os.path.join(l.dir, "snmp.yml")
    with open(conf, "w", encoding="utf-8") as f:
        f.write("bench:\n  version: 2\n  auth: {community: public}\n  get:\n"
                + "".join(f"  - {oid}\n" for oid in NAMES) + "  metrics:\n"
                + "".join(f"  - {{name: v{i}, oid: {oid}, type: gauge, help: x}}\n"
                          for i, oid in enumerate(NAMES)))
    with open(os.path.join(l.dir, "exporter.log"), "wb") as log:
        peer = l.spawn([EXPORTER, f"--config.file={conf}",
                        "--web.listen-address=127.0.0.1:17199"], stdout=log, stderr=log)
    time.sleep(2)
    if peer.poll() is not None:
        print("| snmp_exporter | did not start | | |")
        return
    end = time.monotonic() + seconds
    targets = addresses(n)

    def scrape(k):
        c = http.client.HTTPConnection("127.0.0.1", 17199, timeout=10)
        i = k
        while time.monotonic() < end:
            c.request("GET", f"/snmp?module=bench&target={targets[i % n]}:{port}")
            c.getresponse().read()
            i += 4
        c.close()

    requests, cpu = l.requests(), cpu_of(peer.pid)
    threads = [threading.Thread(target=scrape, args=(k,)) for k in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    row(f"snmp_exporter, {n} devices", l.requests() - requests, cpu_of(peer.pid) - cpu,
        f"{len(NAMES)} varbinds")
    peer.terminate()
    peer.wait(timeout=10)


def main():
    kind = sys.argv[1]
    n = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 15
    port = 17361
    options = [] if kind == "snmp" else ["--gateways", str(n)]
    l = load.Load(port, "--racks", str(-(-n // 2) if kind == "snmp" else 2), "--rows", "1", "--every",
                  "10s", "--no-bmcs", "--plain", *options)
    try:
        print("| peer | requests | CPU us/request | of |\n|---|---|---|---|")
        collectd(l, kind, n, seconds, port)
        if kind == "snmp":
            exporter(l, n, seconds, port)
    finally:
        l.close()


if __name__ == "__main__":
    main()
