# SPDX-License-Identifier: Apache-2.0
"""What test_year.py holds against the truth beside energy, PUE and racks: the yearly table,
capacity, circuits, figures that were issued."""
import math
import os

import year

DAYS = ("--from", "2025-10-25", "--to", "2025-10-27")  # read every 300 s
LINE_V = 400 / math.sqrt(3)
FEED_W = 32 * 3 * LINE_V


def p99(values):
    """Nearest rank."""
    values = sorted(values)
    return values[math.ceil(0.99 * len(values)) - 1]


class Figures:
    """A part of test_year.TheYear."""

    def away(self, name):
        """The hours that a meter without a register did not tell, as indices."""
        low, high = year.EVENTS["collector down"]
        spans = [(low, high)]
        if name == "UPS-B":
            spans.append(year.EVENTS["output meter away"])
        return {h for low, high in spans
                for h in range((low - year.BEGIN) // 3600, (high - year.BEGIN) // 3600)}

    def eu_kpi(self):
        """Ten days without one of the outputs' meters: what is missing is in no amount, and the
        ratio is that of the hours in which both sides are known."""
        json_ = self.report("eu-kpi", "--period", "2025")
        rows = {row["key"]: row for row in json_["indicators"]}
        power, away = self.year.power, self.away("UPS-B")
        util = self.truth["meters"]["UTIL"]["year"]
        it = sum(self.truth["meters"][f"UPS-{s}"]["year"] for s in "AB")
        known = it - sum(power["UPS-B"][h] for h in away)
        paired = [h for h in range(year.HOURS) if h not in away]
        want = (sum(power["UTIL"][h] for h in paired)
                / sum(power["UPS-A"][h] + power["UPS-B"][h] for h in paired))
        self.near(rows["EDC"]["value"], util / 1000, "EDC")
        self.near(rows["EIT"]["value"], known / 1000, "EIT", 1e-4)
        self.assertLess(rows["EIT"]["coverage_pct"], 100)
        self.assertTrue(rows["EIT"]["low"] <= it / 1000 <= rows["EIT"]["high"], rows["EIT"])
        self.near(json_["pue"], want, "PUE of the paired hours", 1e-4)
        self.near(json_["pue_of_amounts"], util / known, "what the amounts make", 1e-4)
        self.assertGreater(json_["pue_of_amounts"], 1.005 * json_["pue"])
        self.assertIn("unpaired", [e["kind"] for e in json_["exceptions"]])
        self.assertTrue(json_["pue_low"] <= self.truth["pue"] <= json_["pue_high"], json_)
        self.near(json_["paired_coverage_pct"], 100 * len(paired) / year.HOURS, "paired", 1e-3)
        self.near(json_["ref"], 200000e3 / util, "REF")
        self.assertEqual((json_["erf"], json_["reporting_year"]), (0, True))
        self.near(json_["wue_m3_per_mwh"], 1000 / rows["EIT"]["value"] * 1000, "WUE", 1e-9)
        pue = self.report("pue", "--period", "2025")
        self.assertEqual(json_["pue"], pue["ratio"])
        for row in json_["months"]:
            month = str(row["month"])[:7]
            self.near(row["edc_wh"], self.truth["meters"]["UTIL"]["months"][month], month)
            self.near(row["pue"], self.truth["pue_months"][month], month)

    # ---- capacity and circuits, over the days of DAYS ----------------------------------

    def of_days(self, name):
        """W of each hour."""
        low, high = ((t - year.BEGIN) // 3600 for t in year.DAYS)
        return self.year.power[name][low:high]

    def rack_days(self, racks):
        """W of the racks' sum, by hour."""
        return [sum(hour) for hour in zip(*(self.of_days(r + s) for r in racks
                                            for s in ("-A", "-B")))]

    def instants(self):
        """The k that year.Year.amps takes."""
        first = (year.DAYS[0] - self.year.fine_begin()) // 300
        return range(first, first + (year.DAYS[1] - year.DAYS[0]) // 300)

    def bus_lines(self, by=1):
        """A on the lines of BUS-A and of BUS-B, by instant; by 12: the sums of what each feed had
        at most in an hour, which is what a sum of many feeds is bounded by."""
        y, ks = self.year, self.instants()
        return [[[sum(max(y.amps(i, side, p, k) for k in ks[at:at + by]) for i in range(y.n)) / 10
                  for p in (1, 2, 3)] for side in "AB"] for at in range(0, len(ks), by)]

    @staticmethod
    def after(lines):
        """The fullest line when the other side is lost."""
        return max(a + b for one in lines for a, b in zip(*one))

    def bus_usable(self, lines, side, bound=False):
        """At every instant at which the other side's loss would be worst, all load growing alike;
        of a bound by the hour, which may be any that was not read."""
        worst = self.after(lines)
        found = []
        for one in lines:
            after = max(a + b for a, b in zip(*one))
            if bound or after > worst - 1e-9:
                found.append(sum(one[side]) * LINE_V * 40000 / after)
        return found

    def capacity(self):
        json_ = self.report("capacity", *DAYS, "--top", "all", "--rack-kw", "10")
        n, racks = self.year.n, self.year.racks
        scopes = {(row["scope"], row["id"]): row for row in json_["capacity"]}
        budgets = {r: 9600 if i == 4 else 20000 for i, r in enumerate(racks)}
        rows = {f"r{k}": racks[k * year.RACKS_PER_ROW:(k + 1) * year.RACKS_PER_ROW]
                for k in range(-(-n // year.RACKS_PER_ROW))}
        for scope, name, some in [("site", "Year", racks)] + [("row", k, v)
                                                              for k, v in rows.items()]:
            row, hours = scopes[scope, name], self.rack_days(some)
            peaks = {r: max(self.rack_days([r])) for r in some}
            budget = sum(budgets[r] for r in some)
            self.assertEqual(row["racks"], len(some))
            for key, want in (("nameplate_w", 34000 * len(some)), ("budget_w", budget),
                              ("rated_w", 2 * FEED_W * len(some)),
                              ("derated_w", 1.6 * FEED_W * len(some)),
                              ("usable_w", 0.8 * FEED_W * len(some)),
                              ("mean_w", sum(hours) / len(hours)), ("p99_w", p99(hours)),
                              ("peak_w", max(hours)), ("sum_of_peaks_w", sum(peaks.values())),
                              ("diversity", sum(peaks.values()) / max(hours)),
                              ("headroom_w", 0.8 * FEED_W * len(some) - max(hours)),
                              ("oversubscription", budget / (0.8 * FEED_W * len(some)))):
                self.near(row[key], want, f"{name} {key}", 1e-6)
            self.assertEqual((row["known_pct"], row["unknown_w"]), (100, None), row)
        self.assertEqual(sum(scopes["row", k]["fit"] for k in rows), json_["racks_fit"])
        self.stranded(json_, budgets)
        self.room(json_)
        self.trend(json_)

    def stranded(self, json_, budgets):
        site = {row["cause"]: row for row in json_["stranded"] if row["scope"] == "site"}
        amps = [[[self.year.amps(i, side, p, k) / 10 for p in (1, 2, 3)] for k in self.instants()]
                for i in range(self.year.n) for side in "AB"]
        imbalance = 0
        for feed in amps:
            means = [sum(line) / len(line) for line in zip(*feed)]
            imbalance += sum(max(means) - a for a in means) * LINE_V
        unused = sum(max(0, w - max(self.rack_days([r]))) for r, w in budgets.items())
        for cause, want in (("unused budget", unused), ("phase imbalance", imbalance),
                            ("failover reserve", 0.8 * FEED_W * self.year.n)):
            row = site[cause]
            self.near(row["stranded_w"], want, cause)
            for key, price in (("cost", 50), ("cost_low", 40), ("cost_high", 60)):
                self.near(row[key], price * row["stranded_w"], f"{cause} {key}", 1e-9)

    def room(self, json_):
        """Racks of 10 kW on busways of 40000 A: one carries all when the other is lost, as do the
        UPSes in W."""
        lines = self.bus_lines(12), self.bus_lines()
        ups = max(max(self.ups_after(side)) for side in "AB")
        least, most = (math.floor(min(3 * LINE_V * (40000 - self.after(one)), 30e6 - ups) / 10000)
                       for one in lines)
        self.assertTrue(least <= json_["racks_fit"] <= most, (least, json_["racks_fit"], most))
        self.assertEqual(json_["unmetered_feeds"], 0)
        places = json_["room"]
        self.assertEqual({p["supply"] for p in places}, {"BUS-A BUS-B"})
        # both sides hang on one supply
        self.assertEqual({(p["survives"], p["dark_by"]) for p in places}, {(False, "UTIL")})
        for circuit in json_["circuits_table"]:
            self.circuit(circuit, lines)

    def ups_after(self, side):
        """W by hour when the other side's feeds have moved to it."""
        other = "AB"[side == "A"]
        moved = (self.of_days(f"{r}-{other}") for r in self.year.racks)
        return [sum(hour) for hour in zip(self.of_days("UPS-" + side), *moved)]

    def circuit(self, row, lines):
        name = row["circuit"]
        if name.startswith("BUS"):
            hours = [sum(h) for h in zip(*(self.of_days(f"{r}-{name[-1]}")
                                           for r in self.year.racks))]
            side = "AB".index(name[-1])
            usable = self.bus_usable(lines[0], side, True) + self.bus_usable(lines[1], side)
            rated = 40000 * 3 * LINE_V
        else:
            hours = self.of_days(name)
            rated = 90e6 if name == "UTIL" else 30e6
            after = hours if name == "UTIL" else self.ups_after(name[-1])
            usable = [w * rated / most if name != "UTIL" else rated
                      for w, most in zip(hours, after) if most == max(after)]
        for key, want in (("rated_w", rated), ("mean_w", sum(hours) / len(hours)),
                          ("p99_w", p99(hours)), ("peak_w", max(hours))):
            self.near(row[key], want, f"{name} {key}", 1e-6)
        self.assertTrue(any(abs(row["usable_w"] - w) <= 1e-6 * w for w in usable), (row, usable))
        self.near(row["headroom_w"], row["usable_w"] - max(hours), name, 1e-6)
        self.assertEqual(row["coverage_pct"], 100)

    def trend(self, json_):
        """By least squares over the civil days in which all racks' power is known."""
        row = json_["trend"][0]
        if row["days"] < 10:
            self.assertFalse(self.year.fine)
            self.assertEqual((row["full"], row["per_day_w"]), ("too little data", None))
            return
        last = (year.DAYS[1] - year.BEGIN) // 3600
        days = {}
        sums = [sum(h) for h in zip(*(self.year.power[r + s] for r in self.year.racks
                                      for s in ("-A", "-B")))]
        for h in range(last):
            days.setdefault(year.day_of(year.BEGIN + 3600 * h), []).append(sums[h])
        means = [sum(v) / len(v) for v in list(days.values())[-int(row["days"]):]]
        x = [k - (len(means) - 1) / 2 for k in range(len(means))]
        slope = sum(a * b for a, b in zip(x, means)) / sum(a * a for a in x)
        self.assertLessEqual(abs(row["per_day_w"] - slope), 1e-4 * max(means), row)

    def circuits(self):
        """Every feed and what stands above, flat."""
        json_ = self.report("circuits", "--flat", *DAYS, "--top", "all")
        rows = {row["circuit"]: row for row in json_["circuits_table"]}
        self.assertEqual(len(rows), 2 * self.year.n + 6)
        for i, rack in enumerate(self.year.racks):
            for side in "AB":
                row, hours = rows[f"{rack}-{side}"], self.of_days(f"{rack}-{side}")
                self.near(row["mean_w"], sum(hours) / len(hours), row["circuit"], 1e-9)
                self.assertEqual((row["peak_w"], row["coverage_pct"]), (max(hours), 100), row)
                most = 0
                for p in (1, 2, 3):
                    amps = [self.year.amps(i, side, p, k) / 10 for k in self.instants()]
                    self.near(row[f"mean_l{p}_a"], sum(amps) / len(amps), row["circuit"])
                    self.near(row[f"peak_l{p}_a"], max(amps), row["circuit"], 1e-9)
                    most = max(most, *amps)
                self.near(row["pct"], 100 * most / 25.6, row["circuit"], 1e-9)
                self.near(row["failover_pct"], 100 * self.truth["failover"][rack] / 25.6,
                          row["circuit"], 1e-9)
        for side in "AB":
            ups, children = self.of_days("UPS-" + side), rows["UPS-" + side]["children_w"]
            want = [sum(h) for h in zip(*(self.of_days(f"{r}-{side}") for r in self.year.racks))]
            self.near(children, sum(want) / len(want), "UPS-" + side, 1e-6)
            self.near(rows["UPS-" + side]["loss_w"], (sum(ups) - sum(want)) / len(ups),
                      "loss of UPS-" + side, 1e-6)
        self.assertEqual(json_["circuits_unknown"], 0)

    # ---- what was issued, and data that came late; it changes the year, so it comes last ----

    def revised(self, name, *arguments):
        json_ = self.report(name, *arguments)
        return json_, [e["text"] for e in json_["exceptions"] if e["kind"] == "revised"]

    def issued(self):
        """What the output's meter read in its ten days comes after August and the year were
        issued: both say what they were, and why."""
        reports = {"pue": ("--period", "2025-08"), "eu-kpi": ("--period", "2025")}
        before = {name: self.report(name, *when, "--issue") for name, when in reports.items()}
        for name, when in reports.items():
            self.assertEqual(self.revised(name, *when)[1], [], name)
        low, high = year.EVENTS["output meter away"]
        path = os.path.join(self.dir, "late.csv")
        with open(path, "w", encoding="ascii") as f:
            f.write("time,device,part,quantity,value,unit\n")
            for ts in range(low, high, 3600):
                watts = self.year.power["UPS-B"][(ts - year.BEGIN) // 3600]
                f.write(f"{year.stamp(ts)},UPS-B-M,main,power_w,{watts},W\n")
        done = self.run_long("import", path, "--db", self.db)
        self.assertEqual(done.status, 0, done)
        hours = (high - low) // 3600
        for name, when in reports.items():
            json_, texts = self.revised(name, *when)
            self.assertEqual(len(texts), 1, json_["exceptions"])
            self.assertGreater(json_["paired_coverage_pct"], before[name]["paired_coverage_pct"])
            was, now = {"pue": (before[name].get("facility_wh"), json_.get("facility_wh")),
                        "eu-kpi": (before[name].get("pue"), json_.get("pue"))}[name]
            self.assertNotEqual(was, now)
            what = {"pue": f"Facility energy, paired was {was / 1000:.1f} kWh",
                    "eu-kpi": f"PUE (EDC / EIT, paired hours) was {was:.6f}"}[name]
            self.assertIn(what, texts[0])
            self.assertIn("(issued ", texts[0])
            self.assertIn(f"{hours} values of the period came later; imported since", texts[0])
            self.assertIn("late.csv", texts[0])
        august = self.report("pue", *reports["pue"])
        self.near(august["ratio"], self.truth["pue_months"]["2025-08"], "PUE of August", 1e-4)
        self.near(august["facility_wh"], self.truth["meters"]["UTIL"]["months"]["2025-08"],
                  "all of August", 1e-4)
        away = self.away("UPS-B") - set(range((low - year.BEGIN) // 3600,
                                              (high - year.BEGIN) // 3600))
        paired = [h for h in range(year.HOURS) if h not in away]
        power = self.year.power
        self.near(self.report("eu-kpi", *reports["eu-kpi"])["pue"],
                  sum(power["UTIL"][h] for h in paired)
                  / sum(power["UPS-A"][h] + power["UPS-B"][h] for h in paired), "PUE", 1e-4)
        # issued again, the new figures stand; the register keeps both
        self.report("pue", *reports["pue"], "--issue")
        self.assertEqual(self.revised("pue", *reports["pue"])[1], [])
        listed = self.report("issued")["issued_table"]
        self.assertEqual([(r["report"], r["stands"]) for r in listed],
                         [("pue", False), ("eu-kpi", True), ("pue", True)])
