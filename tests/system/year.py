# SPDX-License-Identifier: Apache-2.0
"""A year of a site whose true figures are known by construction: configuration, history as CSV for
`rackmeter import`, and the truth. Whole numbers only: power is constant over each hour of UTC and
a multiple of 1200 W, so every register is a whole number of Wh at every instant. What happens in
the year is in EVENTS; it shares no code with the reporter.

    year.py DIR [--racks 500] [--fine]    writes DIR/config, DIR/history-*.csv, DIR/truth.json
"""
import argparse
import calendar
import json
import os
import time

RACKS_PER_ROW = 10
YEAR = 2025
BEGIN = calendar.timegm((2024, 12, 31, 23, 0, 0))  # civil midnight of Berlin
HOURS = 365 * 24
END = BEGIN + HOURS * 3600
SPRING = calendar.timegm((2025, 3, 30, 1, 0, 0))  # 02:00 becomes 03:00
AUTUMN = calendar.timegm((2025, 10, 26, 1, 0, 0))
# Read every 300 s, from within a day of UTC to within another; and the two civil days in it, the
# clock's change in them.
FINE = (calendar.timegm((2025, 10, 24, 13, 0, 0)), calendar.timegm((2025, 10, 27, 16, 0, 0)))
DAYS = (calendar.timegm((2025, 10, 24, 22, 0, 0)), calendar.timegm((2025, 10, 26, 23, 0, 0)))
VOLTS = 230


def at(*ymdhm):
    return calendar.timegm((*ymdhm, 0)[:6])


EVENTS = {  # UTC
    "collector down": (at(2025, 2, 10, 3, 0), at(2025, 2, 10, 9, 0)),
    "reset": at(2025, 3, 15, 12, 0),
    "tenant": at(2025, 3, 31, 22, 0),
    "planned": (at(2025, 5, 10, 20, 0), at(2025, 5, 11, 2, 0)),
    "budget": at(2025, 6, 30, 22, 0),
    "rollover": 2 ** 32,
    "output meter away": (at(2025, 8, 4, 0, 0), at(2025, 8, 14, 0, 0)),
    "replaced": at(2025, 9, 1, 6, 0),
    "no register, away": (at(2025, 11, 12, 0, 0), at(2025, 11, 12, 6, 0)),
}
SHAPE = (0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 1, 1, 2, 2, 2, 1, 1, 1, 0, 0, 0, 0, 0)


def stamp(ts):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts))


def civil(ts):
    """Berlin's clock, from the two changes of the year alone."""
    return ts + (7200 if SPRING <= ts < AUTUMN else 3600)


def month_of(ts):
    return time.strftime("%Y-%m", time.gmtime(civil(ts)))


def day_of(ts):
    return time.strftime("%Y-%m-%d", time.gmtime(civil(ts)))


def next_month(month):
    year, m = (int(x) for x in month.split("-"))
    return f"{year + m // 12}-{m % 12 + 1:02}"


class Year:
    def __init__(self, racks=20, fine=False):
        self.n, self.fine = racks, fine
        self.racks = [f"R{i + 1:03}" for i in range(racks)]
        self.hours = [BEGIN + h * 3600 for h in range(HOURS)]
        self.power = {}  # meter: W of each hour
        for i, rack in enumerate(self.racks):
            self.power[rack + "-A"], self.power[rack + "-B"] = self._rack(i)
        for side in "AB":
            sums = [sum(hour) for hour in zip(*(self.power[f"{r}-{side}"] for r in self.racks))]
            self.power["UPS-" + side] = [w * 101 // 100 for w in sums]
        both = [a + b for a, b in zip(self.power["UPS-A"], self.power["UPS-B"])]
        it = [sum(h) for h in zip(*(self.power[r + s] for r in self.racks for s in ("-A", "-B")))]
        # a third of the year costs more cooling
        self.power["CHILL"] = [w // 4 + (1200 if 2000 <= h < 5000 else 0)
                               for h, w in enumerate(it)]
        self.power["UTIL"] = [u + c + 2400 + w * 4 // 100
                              for u, c, w in zip(both, self.power["CHILL"], it)]
        self.power_only = {"UPS-B"} | {f"{self.racks[-1]}-{s}" for s in "AB"}

    @staticmethod
    def _rack(i):
        low, high = EVENTS["planned"]
        a, b = [], []
        for h in range(HOURS):
            ts = BEGIN + h * 3600
            u = 3 + i % 3 + SHAPE[(h + i) % 24] + (h * 7 + i * 13) % 2
            v = 3 + i % 2 + SHAPE[(h + 5 * i) % 24]
            if low <= ts < high:  # everything is on B
                u, v = 0, u + v
            a.append(1200 * u)
            b.append(1200 * v)
        return a, b

    # ---- what was read ---------------------------------------------------------

    def instants(self, name):
        """(ts, hour's index) of the readings; the last is the year's end."""
        away = [EVENTS["collector down"]]
        if name == "UPS-B":
            away.append(EVENTS["output meter away"])
        if name.startswith(self.racks[-1]):
            away.append(EVENTS["no register, away"])
        if name.endswith("-A") and name != "UPS-A":
            low, high = EVENTS["planned"]
            away.append((low + 1, high))
        for h in range(HOURS + 1):
            base = BEGIN + h * 3600
            step = 300 if self.fine or FINE[0] <= base < FINE[1] else 3600
            for ts in range(base, base + 3600 if h < HOURS else base + 1, step):
                if not any(low <= ts < high for low, high in away):
                    yield ts, min(h, HOURS - 1)

    def readings(self, name):
        """Lines of one meter."""
        device, power = name + "-M", self.power[name]
        total, count = [0], 0
        for w in power:
            count += w
            total.append(count)
        every = name[0] != "R" or self.has_power(self.racks.index(name[:-2]))
        offset = 1000 + len(name) * 977
        if name == self.racks[2] + "-A":
            offset = EVENTS["rollover"] - total[4100]
        for ts, h in self.instants(name):
            when = stamp(ts)
            if every or FINE[0] <= ts < FINE[1]:
                yield f"{when},{device},main,power_w,{power[h]},W\n"
            if name in self.power_only:
                continue
            wh = total[h] + power[h] * (ts - BEGIN - h * 3600) // 3600
            yield f"{when},{device},main,energy_wh,{self.register(name, ts, offset, wh, total)},Wh\n"

    def register(self, name, ts, offset, wh, total):
        if name == self.racks[2] + "-A":
            return (offset + wh) % EVENTS["rollover"]
        if name == self.racks[1] + "-A" and ts > EVENTS["reset"]:
            return wh - total[(EVENTS["reset"] - BEGIN) // 3600]
        if name == "UTIL" and ts > EVENTS["replaced"]:
            return 500 + wh - total[(EVENTS["replaced"] - BEGIN) // 3600]
        return offset + wh

    def fine_begin(self):
        return BEGIN if self.fine else FINE[0]

    def amps(self, i, side, phase, k):
        """In tenths; the peaks of A and B are of different instants."""
        swing = (k * 37 + i * 11 + phase * 5 + (23 if side == "B" else 0)) % 61
        return 60 + 4 * (i % 5) + swing + (6 if phase == 1 else 0)

    @staticmethod
    def inlet(i, k):
        """Tenths of a degree: half an hour each too warm, by so much."""
        return 220 + i % 7 + (0 if k % 288 >= 6 + i else 120 if i % 4 == 0 else 60)

    def fine_points(self, i):
        rack = self.racks[i]
        begin, end = (BEGIN, END) if self.fine else FINE
        for k, ts in enumerate(range(begin, end, 300)):
            when = stamp(ts)
            for side in "AB":
                for phase in (1, 2, 3):
                    a = self.amps(i, side, phase, k)
                    yield f"{when},{rack}-{side}-M,phase L{phase},current_a,{a // 10}.{a % 10},A\n"
            t = self.inlet(i, k)
            yield f"{when},{rack}-B-M,sensor 1,temperature_c,{t // 10}.{t % 10},C\n"

    def history(self, directory):
        """Files that import takes, of 60 MB at most: the path of each when it is written, so that
        it may be read and removed before the next one; 500 racks at 300 s are 35 GB."""
        n, size, out = 0, 0, None
        sources = [self.readings(name) for name in self.power]
        sources += [self.fine_points(i) for i in range(self.n)]
        for source in sources:
            block = "".join(source)
            if out is None or size + len(block) > 60e6:
                if out:
                    out.close()
                    yield out.name
                path = os.path.join(directory, f"history-{n:03}.csv")
                out, n, size = open(path, "w", encoding="ascii"), n + 1, 0
                out.write("time,device,part,quantity,value,unit\n")
            size += len(block)
            out.write(block)
        out.close()
        yield out.name

    # ---- the truth ---------------------------------------------------------------

    def energy(self, name, key=lambda ts: "year"):
        sums = {}
        for ts, w in zip(self.hours, self.power[name]):
            sums[key(ts)] = sums.get(key(ts), 0) + w
        return sums

    def tenant(self, i, ts):
        if i % 5 == 4:
            return ""
        if i == 6:
            return "acme" if ts < EVENTS["tenant"] else "bolt"
        return "acme" if i % 2 else "bolt"

    def truth(self):
        meters = {n: {"year": sum(p), "months": self.energy(n, month_of)}
                  for n, p in self.power.items()}
        tenants = {}
        for i, rack in enumerate(self.racks):
            for side in "AB":
                for ts, w in zip(self.hours, self.power[f"{rack}-{side}"]):
                    month = tenants.setdefault(month_of(ts), {})
                    who = self.tenant(i, ts)
                    month[who] = month.get(who, 0) + w
        util, out = meters["UTIL"], [meters["UPS-A"], meters["UPS-B"]]
        return {
            "meters": meters, "tenants": tenants,
            "days": {n: self.energy(n, day_of) for n in ("UTIL", "UPS-A", "CHILL")},
            "pue": util["year"] / sum(m["year"] for m in out),
            "pue_months": {m: util["months"][m] / sum(o["months"][m] for o in out)
                           for m in util["months"]},
            "racks": self.rack_truth(), "failover": self.failover_truth(),
            "thermal": self.thermal_truth()}

    def rack_power(self, i):
        """W of each hour, both feeds."""
        rack = self.racks[i]
        return [a + b for a, b in zip(self.power[rack + "-A"], self.power[rack + "-B"])]

    def rack_figures(self, i, begin, end, unread=(0, 0)):
        """What whole hours say of a rack; power is constant over each, so 15 minutes are, too."""
        sums = [w for ts, w in zip(self.hours, self.rack_power(i))
                if begin <= ts < end and not unread[0] <= ts < unread[1]]
        ranked = sorted(sums)
        rank = {p: ranked[-(-p * len(ranked) // 100) - 1] for p in (95, 99)}
        return {"mean_w": sum(sums) / len(sums), "peak_w": max(sums), "demand_w": max(sums),
                "p95_w": rank[95], "p99_w": rank[99]}

    def rack_truth(self):
        """Of the days that are read every 300 s."""
        return {rack: self.rack_figures(i, *DAYS) for i, rack in enumerate(self.racks)}

    def has_power(self, i):
        """All year, not only its register?"""
        rack = self.racks[i]
        return self.fine or int(rack[1:]) % 4 == 0 or rack + "-A" in self.power_only

    def failover_truth(self):
        """The worst line of one feed with both feeds' load at one instant, in A."""
        base = (DAYS[0] - self.fine_begin()) // 300
        return {rack: max(self.amps(i, "A", p, k) + self.amps(i, "B", p, k)
                          for k in range(base, base + (DAYS[1] - DAYS[0]) // 300)
                          for p in (1, 2, 3)) / 10
                for i, rack in enumerate(self.racks)}

    def thermal_truth(self):
        """Minutes above the recommended (27) and the allowable (35 of A2, 32 of A1) limits."""
        base = (DAYS[0] - self.fine_begin()) // 300
        ret = {}
        for i, rack in enumerate(self.racks):
            t = [self.inlet(i, k) for k in range(base, base + (DAYS[1] - DAYS[0]) // 300)]
            limit = 320 if i % 8 == 0 else 350
            ret[rack] = {"max_c": max(t) / 10, "recommended": 5 * sum(x > 270 for x in t),
                         "allowable": 5 * sum(x > limit for x in t)}
        return ret

    # ---- the configuration ---------------------------------------------------------

    def config(self, directory):
        os.makedirs(directory, exist_ok=True)
        last = self.register("UTIL", EVENTS["replaced"], 1000 + 4 * 977,
                             sum(self.power["UTIL"][:(EVENTS["replaced"] - BEGIN) // 3600]), None)
        low, high = EVENTS["planned"]
        swap, h = EVENTS["replaced"], (EVENTS["replaced"] - BEGIN) // 3600
        first = 500 + self.power["UTIL"][h] // 4  # after its first quarter of an hour
        files = {
            "rackmeter.yaml": "version: 1\nsite: Year\nzone: Europe/Berlin\n"
                              "database: ../rackmeter.db\nboundary:\n  - name: site\n"
                              "    facility: [\"+ role:utility\"]\n"
                              "    it: {category: 1, sum: [\"+ role:ups_out\"]}\n",
            "racks.csv": "rack,hall,row,tenant,feeds,redundancy,budget_kw,nameplate_kw,"
                         "thermal_class,valid_from\n" + "".join(self._racks()),
            "circuits.csv": "circuit,kind,side,hall,fed_by,system,volts,rated_a,rated_kw,derate\n"
                            "UTIL,utility,,,,3ph-wye,400,,90000,1\n"
                            "CHILL,panel,,,UTIL,3ph-wye,400,,20000,1\n"
                            + "".join(self._circuits()),
            "devices.csv": "device,endpoint,profile,rack,circuit,role,acc_pct\n"
                           + "".join(self._devices(directory)),
            "channels.csv": "device,part,rack,position\n"
                            + "".join(f"{r}-B-M,sensor 1,{r},inlet top\n" for r in self.racks),
            "log.csv": "from,to,scope,id,kind,quantity,value,unit,ref,who,note\n"
                       f"{stamp(low)},{stamp(high)},circuit,BUS-A,planned,,,,CHG-1,fm,service\n"
                       f"{stamp(swap)},{stamp(swap + 900)},device,UTIL-M,replaced,energy,"
                       f"{last}/{first},Wh,WO-7,fm,a new meter\n",
            "facts.csv": "key,from,to,value,unit,quality,source,note\n"
                         "EU.WIN,2025-01-01,2026-01-01,1000,m3,ok,bill,\n"
                         "EU.EREUSE,2025-01-01,2026-01-01,0,kWh,ok,none,\n"
                         "EU.ERES-GOO,2025-01-01,2026-01-01,200000,kWh,ok,ledger,\n"
                         "EU.ERES-PPA,2025-01-01,2026-01-01,0,kWh,ok,ledger,\n"
                         "EU.ERES-OS,2025-01-01,2026-01-01,0,kWh,ok,ledger,\n"}
        for name, text in files.items():
            with open(os.path.join(directory, name), "w", encoding="utf-8") as f:
                f.write(text)

    def _racks(self):
        for i, rack in enumerate(self.racks):
            about = f"H{1 + i // 250},r{i // RACKS_PER_ROW}"
            rest = f"{rack}-A {rack}-B,2N,{{}},34,{'A1' if i % 8 == 0 else 'A2'},{{}}\n"
            yield f"{rack},{about},{self.tenant(i, BEGIN)}," + rest.format(20, "2025-01-01")
            if i == 4:
                yield f"{rack},{about},{self.tenant(i, BEGIN)}," + rest.format(9.6, "2025-07-01")
            if i == 6:
                yield f"{rack},{about},{self.tenant(i, END)}," + rest.format(20, "2025-04-01")

    def _circuits(self):
        for s in "AB":
            yield f"UPS-{s},ups,{s},H1,UTIL,3ph-wye,400,,30000,1\n"
            yield f"BUS-{s},busway,{s},H1,UPS-{s},3ph-wye,400,40000,,1\n"
            for rack in self.racks:
                yield f"{rack}-{s},feed,{s},H1,BUS-{s},3ph-wye,400,32,,0.8\n"

    def _devices(self, directory):
        walk = os.path.join(directory, "walk")
        for name in self.power:
            rack = name[:-2] if name[0] == "R" else ""
            role = {"UTIL": "utility", "CHIL": "cooling", "UPS-": "ups_out"}.get(name[:4], "it_in")
            path = f"{walk}-{name}"
            with open(path, "w", encoding="ascii") as f:
                f.write("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.4.6\n")
            yield f"{name}-M,walk:{path},apc-rpdu2,{rack},{name},{role},1\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("directory")
    parser.add_argument("--racks", type=int, default=20)
    parser.add_argument("--fine", action="store_true", help="every point at 300 s all year")
    options = parser.parse_args()
    year = Year(options.racks, options.fine)
    year.config(os.path.join(options.directory, "config"))
    for path in year.history(options.directory):
        print(path)
    with open(os.path.join(options.directory, "truth.json"), "w", encoding="ascii") as f:
        json.dump(year.truth(), f, indent=1)


if __name__ == "__main__":
    main()
