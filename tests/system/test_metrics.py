#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""The metrics as Prometheus scrapes them, compared with the database of the same collector: what
is missing there is missing here; and clients that ask too much, too slowly or for nothing."""
import http.client
import os
import re
import signal
import socket
import threading
import time

import rmtest

SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\]|\\.)*)"(?:,|$)')


def parse(text):
    """{(name, labels): value}; fails on whatever Prometheus would refuse."""
    samples, types, helped, current = {}, {}, set(), None
    if not text.endswith("\n"):
        raise AssertionError("the last line does not end")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            if name in helped:
                raise AssertionError(f"a second HELP: {line}")
            helped.add(name)
            continue
        if line.startswith("# TYPE "):
            _, _, current, kind = line.split(" ")
            if current in types or kind not in ("gauge", "counter"):
                raise AssertionError(line)
            types[current] = kind
            continue
        m = SAMPLE.fullmatch(line)
        if not m or m[1] != current:
            raise AssertionError(f"not a sample of {current}: {line}")
        labels = m[2] or ""
        if LABEL.sub("", labels):
            raise AssertionError(f"labels: {line}")
        key = (m[1], tuple(sorted((k, re.sub(r"\\(.)", r"\1", v))
                                  for k, v in LABEL.findall(labels))))
        if key in samples:
            raise AssertionError(f"twice: {line}")
        if types[current] == "counter" and not current.endswith("_total"):
            raise AssertionError(f"a counter is named _total: {line}")
        samples[key] = float(m[3])
    return samples


class Metrics(rmtest.Case):
    def site(self, listen="127.0.0.1", racks=6):
        self.hall("--racks", str(racks), "--every", "1s", "--no-bmcs")
        self.port = self.ports.base + 2
        text = self.read("config/rackmeter.yaml").replace("intervals: {",
                                                          "intervals: {health: 2s, ")
        if listen:
            text += f'listen: {{metrics: "{listen}:{self.port}"}}\n'
        self.write("config/rackmeter.yaml", text)
        self.host = listen.strip("[]") if listen else "127.0.0.1"
        self.sim = self.simulator()
        return self.daemon().ready()

    def ask(self, method="GET", path="/metrics", body=None):
        c = http.client.HTTPConnection(self.host, self.port, timeout=rmtest.DEADLINE_S)
        try:
            c.request(method, path, body)
            answer = c.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            c.close()

    def scrape(self):
        status, headers, text = self.ask()
        self.assertEqual(status, 200, text)
        self.assertEqual(headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        return parse(text)

    def values(self, samples, name, *by):
        return {tuple(dict(labels)[k] for k in by): value
                for (n, labels), value in samples.items() if n == name}

    def stored(self, kind, part, quantity):
        """{entity: [the last values of the database]}; a scrape may be of any of them."""
        out = {}
        for entity, ts, value in self.rows(
                "SELECT entity, ts, value FROM v_reading WHERE entity_kind = ? AND part = ? AND "
                "quantity = ? AND ts > unixepoch() - 20", kind, part, quantity):
            out.setdefault(entity, []).append((ts, value))
        return {k: [v for _, v in sorted(pairs)[-8:]] for k, pairs in out.items()}

    def until_scrape(self, what, condition):
        return rmtest.until(what, lambda: condition(self.scrape()))

    def test_same_as_the_database(self):
        self.site()
        up = self.until_scrape("all devices up", lambda s: (
            lambda d: d if len(d) >= 15 and all(d.values()) else None)(
                self.values(s, "rackmeter_device_up", "device", "rack")))
        self.assertEqual({d for d, _ in up}, {r[0] for r in self.rows("SELECT name FROM v_device")})
        self.until_scrape("a whole rack", lambda s: self.values(
            s, "rackmeter_rack_headroom_watts", "rack").get(("R01",)))
        time_limit = time.monotonic() + rmtest.DEADLINE_S
        while True:  # the scrape is a second ahead of the commit, or the other way round
            samples = self.scrape()
            power = self.values(samples, "rackmeter_rack_power_watts", "rack")
            rmtest.until("rows", lambda: self.value(
                "SELECT max(ts) FROM hot") >= int(time.time()) - 3)
            stored = self.stored("rack", "total", "power_w")
            if len(power) == 6 and all(v in [round(x, 4) for x in stored.get(r, ())]
                                       for (r,), v in power.items()):
                break
            self.assertLess(time.monotonic(), time_limit, f"{power}\n{stored}")
        budget = self.values(samples, "rackmeter_rack_budget_watts", "rack")
        self.assertEqual(budget, {(k,): v for k, v in self.rows(
            "SELECT key, budget_w FROM v_rack")})
        for rack, left in self.values(samples, "rackmeter_rack_headroom_watts", "rack").items():
            self.assertAlmostEqual(left, budget[rack] - power[rack], places=3)
        feeds = self.values(samples, "rackmeter_feed_current_amperes", "feed", "phase")
        buses = self.values(samples, "rackmeter_circuit_current_amperes", "circuit", "phase")
        stored = {p: self.stored("circuit", p, "current_a") for p in ("L1", "L2", "L3")}
        self.assertEqual({f for f, _ in [*feeds, *buses]}, {f for p in stored.values() for f in p})
        self.assertEqual({b[:4] for b, _ in buses}, {"BUS-"})  # no meter of their own
        self.assertFalse({f for f, _ in feeds} & {b for b, _ in buses})
        site = self.values(samples, "rackmeter_site_power_watts", "side")
        self.assertEqual(set(site), {("it",), ("facility",)})
        self.assertGreater(site["facility",], site["it",])
        one = {n: v for (n, labels), v in samples.items() if not labels}
        self.assertEqual(one["rackmeter_config_ok"], 1)
        self.assertEqual(one["rackmeter_rows_dropped_total"], 0)
        self.assertGreaterEqual(one["rackmeter_polls_total"], len(up))
        self.assertLess(one["rackmeter_commit_age_seconds"], 10)
        self.assertEqual(self.values(samples, "rackmeter_devices", "state")["ok",], len(up))

    def test_missing_is_absent(self):
        self.site()
        self.until_scrape("a whole rack", lambda s: self.values(
            s, "rackmeter_rack_headroom_watts", "rack").get(("R01",)))
        address = self.value("SELECT endpoint FROM v_device WHERE name = 'PDU-R01-A'")
        address = re.search(r"//([0-9.]+)", address)[1]
        self.sim.tell(f"fault {address} silence")
        samples = self.until_scrape("the device is down", lambda s: (
            s if self.values(s, "rackmeter_device_up", "device")["PDU-R01-A",] == 0 and
            self.values(s, "rackmeter_rack_members_present", "rack")["R01",] == 1 else None))
        self.assertNotIn(("PDU-R01-A",), self.values(
            samples, "rackmeter_device_latency_seconds", "device"))
        self.assertGreaterEqual(self.values(
            samples, "rackmeter_device_failures_total", "device", "cause")[
                "PDU-R01-A", "no answer"], 1)
        self.assertEqual(self.values(samples, "rackmeter_rack_members_expected", "rack")["R01",], 2)
        self.assertIn(("R01",), self.values(samples, "rackmeter_rack_power_watts", "rack"))
        self.assertNotIn(("R01",), self.values(samples, "rackmeter_rack_headroom_watts", "rack"))
        self.assertNotIn(("R01-A",), self.values(samples, "rackmeter_feed_power_watts", "feed"))
        self.assertIn(("R01-B",), self.values(samples, "rackmeter_feed_power_watts", "feed"))
        # the collector's own points say the same, and the report shows it first
        self.until_db("age of the latest answer", """
            SELECT value > 2 FROM v_latest WHERE entity = 'PDU-R01-A' AND part = 'collector'
            AND quantity = 'answer_age_s'""")
        self.until_db("the process", """
            SELECT count(*) = 8 FROM v_latest WHERE entity = 'rackmeterd'""")
        report = rmtest.until("missed polls", lambda: (lambda r: r if r[
            "devices_table"][0]["device"] == "PDU-R01-A" and r["polls_missed"] > 0 else None)(
                self.rackmeter("report", "collector", "--db", self.db, "--last", "1h",
                               "--format", "json").json()))
        self.assertEqual(report["failures_table"][0]["cause"], "no answer")
        self.assertLess(report["devices_table"][0]["success_pct"], 100)
        self.assertEqual(report["devices_table"][-1]["success_pct"], 100)
        self.assertGreater(report["devices_table"][-1]["latency_median_ms"], 0)
        self.sim.tell(f"clear {address}")
        self.until_scrape("up again", lambda s: self.values(
            s, "rackmeter_device_up", "device")["PDU-R01-A",] == 1)

    def test_configuration(self):
        daemon = self.site(racks=2)
        good = self.read("config/rackmeter.yaml")
        self.assertEqual(self.scrape()["rackmeter_config_ok", ()], 1)
        self.write("config/rackmeter.yaml", good + "nonsense: 1\n")
        daemon.reload()
        # a text is made once a second
        self.until_scrape("refused", lambda s: s["rackmeter_config_ok", ()] == 0)
        loaded = self.scrape()["rackmeter_config_loaded_time_seconds", ()]
        self.write("config/rackmeter.yaml", good + "# another day\n")
        self.until_scrape("not loaded yet", lambda s: s["rackmeter_config_ok", ()] == 0)
        daemon.reload()
        self.until_scrape("accepted", lambda s: s["rackmeter_config_ok", ()] == 1)
        self.assertGreaterEqual(self.scrape()["rackmeter_config_loaded_time_seconds", ()], loaded)
        # changed on disk, and nobody said so
        self.write("config/rackmeter.yaml", good)
        self.until_scrape("seen by itself", lambda s: s["rackmeter_config_ok", ()] == 0)
        # another address, then none
        self.write("config/rackmeter.yaml", good.replace(f":{self.port}", f":{self.port + 1}"))
        daemon.reload()
        with self.assertRaises(OSError):
            self.scrape()
        self.port += 1
        self.assertEqual(self.scrape()["rackmeter_config_ok", ()], 1)
        self.write("config/rackmeter.yaml", good.split("listen:")[0])
        daemon.reload()
        with self.assertRaises(OSError):
            self.scrape()
        daemon.stop()

    def test_off_and_taken(self):
        daemon = self.site(listen="", racks=2)
        with self.assertRaises(OSError):
            self.scrape()
        daemon.stop()
        taken = socket.create_server(("127.0.0.1", self.port))
        self.addCleanup(taken.close)
        self.write("config/rackmeter.yaml", self.read("config/rackmeter.yaml") +
                   f"listen: {{metrics: '127.0.0.1:{self.port}'}}\n")
        daemon = self.daemon().ready()
        self.until_rows("PDU-R01-A", 3)  # it polls all the same
        self.assertRegex(daemon.log(), r"metrics at 127.0.0.1:\d+: Address already in use")
        daemon.stop()

    def test_ipv6(self):
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError as e:
            self.skipTest(f"no IPv6 loopback: {e}")
        self.site(listen="[::1]", racks=2)
        self.assertIn(("rackmeter_config_ok", ()), self.scrape())

    def test_what_else_is_asked(self):
        self.site(racks=2)
        status, headers, text = self.ask("HEAD")
        self.assertEqual((status, text), (200, ""))
        self.assertGreater(int(headers["Content-Length"]), 1000)
        for path in ("/", "/metrics/", "/metrics.txt", "/../metrics", "/%00"):
            self.assertEqual(self.ask(path=path)[0], 404, path)
        self.assertEqual(self.ask(path="/metrics?name=x")[0], 200)
        status, headers, _ = self.ask("POST", body="x" * 5000)
        self.assertEqual((status, headers["Allow"]), (405, "GET, HEAD"))
        for rubbish in (b"\x00\x01\x02\r\n\r\n", b"GET /metrics\r\n\r\n", b"GET " + b"/" * 40000,
                        b"GET /metrics HTTP/1.1\r\n" + b"a: b\r\n" * 5000,
                        b"GET /metrics HTTP/9.9\r\n\r\n"):
            with socket.create_connection((self.host, self.port), timeout=rmtest.DEADLINE_S) as s:
                try:
                    s.sendall(rubbish)
                    s.shutdown(socket.SHUT_WR)
                    while s.recv(65536):
                        pass
                except OSError:
                    pass  # cut short, which is fine
        self.scrape()

    def udp_port(self, daemon):
        """Of the daemon's IPv4 socket."""
        ours = {os.readlink(f"/proc/{daemon.pid}/fd/{fd}") for fd in
                os.listdir(f"/proc/{daemon.pid}/fd")}
        with open(f"/proc/{daemon.pid}/net/udp", encoding="ascii") as f:
            for line in list(f)[1:]:
                fields = line.split()
                if f"socket:[{fields[9]}]" in ours:
                    return int(fields[1].split(":")[1], 16)
        return self.fail("no UDP socket")

    def test_full_queue(self):
        """What the kernel dropped while nobody read is told, in the metrics and in the log."""
        daemon = self.site(racks=2)
        self.until_rows("PDU-R01-A", 2)
        self.assertEqual(self.scrape()["rackmeter_snmp_packets_dropped_total", ()], 0)
        port = self.udp_port(daemon)
        daemon.signal(signal.SIGSTOP)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            for _ in range(600):  # 38 MB, and a queue has 8
                s.sendto(bytes(64000), ("127.0.0.1", port))
        daemon.signal(signal.SIGCONT)
        self.until_scrape("the loss is counted", lambda s:
                          s["rackmeter_snmp_packets_dropped_total", ()] > 100)
        rmtest.until("it is told", lambda: "net.core.rmem_max" in daemon.log())
        self.until_rows("PDU-R01-A", 2, after=self.last_ts())
        daemon.stop()
        self.assertEqual(daemon.log().count("net.core.rmem_max"), 1)

    def test_many_and_slow_clients(self):
        self.site()
        self.until_scrape("a whole site", lambda s: len(self.values(
            s, "rackmeter_rack_power_watts", "rack")) == 6)
        begun, begun_at, errors, scrapes = self.last_ts(), time.monotonic(), [], []
        slow = []
        for _ in range(60):  # more than there may be: a byte now and then, and never an end
            s = socket.create_connection((self.host, self.port), timeout=rmtest.DEADLINE_S)
            self.addCleanup(s.close)
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x")
            slow.append(s)
        ended = set()

        def trickle():
            while time.monotonic() < begun_at + rmtest.DEADLINE_S and len(ended) < len(slow):
                for s in slow:
                    try:
                        s.sendall(b"x")
                    except OSError:
                        ended.add(s)
                time.sleep(0.5)
        trickler = threading.Thread(target=trickle)
        trickler.start()
        # polling goes on beside them, without a gap
        self.until_rows("PDU-R01-A", 10, after=begun)
        trickler.join()
        self.assertEqual(len(ended), len(slow), "connections outlive their time")

        def scrape():
            end = time.monotonic() + 4
            while time.monotonic() < end:
                try:
                    scrapes.append(len(self.scrape()))
                except Exception as e:  # pylint: disable=broad-except
                    errors.append(e)
                    return
        threads = [threading.Thread(target=scrape) for _ in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(errors, [])
        self.assertGreater(len(scrapes), 50)
        samples = self.scrape()
        self.assertEqual(samples["rackmeter_polls_late_total", ()], 0)
        self.assertEqual(samples["rackmeter_rows_dropped_total", ()], 0)
        self.assertEqual(self.value("SELECT count(*) FROM v_gap WHERE entity_kind = 'device' AND "
                                    "part IS NULL AND from_ts > ?", begun), 0, self.tell())


if __name__ == "__main__":
    rmtest.main()
