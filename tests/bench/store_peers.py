#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus and VictoriaMetrics with the samples of store_keep: bytes on disk and CPU per
sample. Their packages are downloaded and unpacked into the bench's folder, never installed. For
store.py."""
import http.client
import os
import shutil
import signal
import subprocess
import time

PDUS, HOURS = 10, 24
PORT = 18428
TICK = os.sysconf("SC_CLK_TCK")


def unpack(folder, package, binary):
    """Where the program is; None: neither installed nor to be had."""
    found = shutil.which(binary)
    if found:
        return found
    at = os.path.join(folder, package)
    os.makedirs(at, exist_ok=True)
    done = subprocess.run(["apt-get", "download", package], cwd=at, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for name in os.listdir(at):
        if done.returncode == 0 and name.endswith(".deb"):
            subprocess.run(["dpkg-deb", "-x", os.path.join(at, name), at], check=True)
    path = os.path.join(at, "usr", "bin", binary)
    return path if os.path.exists(path) else None


def size_of(folder):
    return sum(os.lstat(os.path.join(at, name)).st_size
               for at, _, names in os.walk(folder) for name in names)


def samples(bench, form, start):
    """A file with them."""
    path = os.path.join(bench.dir, f"samples.{form}")
    with open(path, "wb") as f:
        subprocess.run([os.path.join(bench.dir, "store_keep"), "text", form, str(PDUS), str(HOURS),
                        str(start)], check=True, stdout=f)
    return path


def prometheus(bench, start, form="openmetrics"):
    """(stored bytes, CPU seconds), by its own tool for filling in history."""
    tool = unpack(bench.dir, "prometheus", "promtool")
    if not tool:
        return None
    path, data = samples(bench, form, start), os.path.join(bench.dir, form)
    before = os.times()
    subprocess.run([tool, "tsdb", "create-blocks-from", "openmetrics", path, data], check=True,
                   stdout=subprocess.DEVNULL)
    after = os.times()
    os.unlink(path)
    return size_of(data), (after.children_user + after.children_system
                           - before.children_user - before.children_system)


def integers(bench, start):
    """As the device counts, not in watts: decimal fractions are what costs Prometheus most."""
    return prometheus(bench, start, "integers")


def ask(method, path, body=None):
    c = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
    try:
        c.request(method, path, body)
        answer = c.getresponse()
        answer.read()
        return answer.status
    finally:
        c.close()


def cpu_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def answers():
    try:
        return ask("GET", "/health") == 200
    except OSError:
        return False


def victoria(bench, start):
    """(stored bytes, CPU seconds), merged as far as it goes."""
    program = unpack(bench.dir, "victoria-metrics", "victoria-metrics")
    if not program:
        return None
    path, data = samples(bench, "json", start), os.path.join(bench.dir, "victoria-data")
    server = subprocess.Popen([program, f"-storageDataPath={data}", "-retentionPeriod=10y",
                               f"-httpListenAddr=127.0.0.1:{PORT}"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not answers():
            if server.poll() is not None or time.monotonic() > deadline:
                return None
            time.sleep(0.1)
        before = cpu_of(server.pid)
        with open(path, "rb") as f:
            ask("POST", "/api/v1/import", f)
        ask("GET", "/internal/force_flush")
        cpu = cpu_of(server.pid) - before
        ask("GET", "/internal/force_merge")
        size, still = 0, 0
        while still < 5:  # until it no longer shrinks
            time.sleep(1)
            now = size_of(data)
            size, still = now, still + 1 if now == size else 0
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)
    os.unlink(path)
    return size_of(data), cpu


def against(bench):
    start = (int(time.time()) // 86400 - 3) * 86400
    ours = bench.keep("ours", PDUS, HOURS)
    n = ours["samples"]
    print(f"\n| {PDUS} PDUs, {HOURS} h, {n:.0f} samples | stored bytes/sample | CPU ns/sample |\n"
          f"|---|---|---|\n| ours, ring and commits of a second included in CPU | "
          f"{ours['stored']:.2f} | {ours['cpu']:.0f} |")
    for name, peer in (("Prometheus 2.42, W with a decimal, promtool tsdb create-blocks-from",
                        prometheus),
                       ("the same samples as integers of 0.1 W", integers),
                       ("VictoriaMetrics 1.79, /api/v1/import", victoria)):
        got = peer(bench, start)
        if not got:
            print(f"| {name} | not to be had here | |")
            continue
        print(f"| {name} | {got[0] / n:.2f} | {got[1] * 1e9 / n:.0f} |")
        if peer == prometheus:
            bench.want("stored bytes, of Prometheus", ours["stored"] / (got[0] / n), 0.5, digits=2)
