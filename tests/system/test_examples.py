#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every number of the worked examples beside the checkout, by the pure functions of the reports
and, where the example is a history, by importing it and running the report. Prints what was held
against what; a number that nothing was held against fails, and so does a usual mistake's answer."""
import calendar
import os
import time

import examples
import foreign
import rmtest

DAY = 86400


def stamp(ts):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts))


class Examples(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.folder = foreign.folder("RACKMETER_EXAMPLES")
        self.figures = examples.Figures(self)
        self.held = []
        self.sites = 0

    def example(self, name, *tables):
        self.held.append(examples.Example(self.folder, name, *tables))
        return self.held[-1]

    def test_all(self):
        parts = (self.energy_gap, self.counters, self.categories, self.partial, self.uncertainty,
                 self.failover, self.shelves, self.three_phase, self.demand, self.thermal,
                 self.civil, self.rollup, self.eu_kpi, self.ranges)
        for part in parts:
            with self.subTest(part.__name__):
                part()
        print("\n" + "\n".join(e.line() for e in self.held))
        print(f"{sum(e.figures for e in self.held)} figures of {len(self.held)} examples, "
              f"{sum(e.matched for e in self.held)} matched")
        there = {n for n in os.listdir(self.folder) if n.endswith(".json")}
        self.assertEqual(there - {e.name for e in self.held}, set(), "nobody looks at these")
        self.assertEqual([fault for e in self.held for fault in e.faults()], [])

    # ---- a site with a history ------------------------------------------------------

    def site(self, devices, rows, zone="UTC", boundaries="", racks=None, facts="", log=""):
        """devices: (name, circuit, role, rack[, acc_pct, ct_acc_pct]); circuit is its name, its
        name and rated kW, and what feeds it. rows: (ts, device, quantity, value, unit). racks:
        name -> budget and tenant.
        Returns the database."""
        self.sites += 1
        home = f"site{self.sites}"
        circuits, lines, feeds = {}, [], {}
        for name, circuit, role, rack, *accuracy in devices:
            circuit, kw, fed_by = (*circuit, "")[:3] if isinstance(circuit, tuple) else (
                circuit, 16000, "")
            circuits[circuit] = kw, fed_by
            if rack:
                feeds.setdefault(rack, []).append(circuit)
            acc, ct = accuracy or ("", "")
            self.write(f"{home}/walk/{name}", "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.4.6\n")
            lines.append(f"{name},walk:{self.path(home, 'walk', name)},apc-rpdu2,{rack},{circuit},"
                         f"{role},{acc},{ct}\n")
        files = {
            "rackmeter.yaml": f"version: 1\nsite: S\nzone: {zone}\ndatabase: rackmeter.db\n"
                              + boundaries,
            "racks.csv": "rack,hall,row,status,budget_kw,tenant,feeds\nR9,H1,r1,planned,,,\n"
                         + "".join(f"{rack},H1,r1,live,{(racks or {}).get(rack, ',')},"
                                   f"{' '.join(names)}\n" for rack, names in feeds.items()),
            "circuits.csv": "circuit,kind,hall,fed_by,system,volts,rated_kw,derate\n" + "".join(
                f"{c},panel,H1,{by},3ph-wye,400,{kw},1\n" for c, (kw, by) in circuits.items()),
            "devices.csv": "device,endpoint,profile,rack,circuit,role,acc_pct,ct_acc_pct\n"
                           + "".join(lines),
            "facts.csv": "key,from,to,value,unit,quality,source,note\n" + facts,
            "log.csv": "from,to,scope,id,kind,quantity,value,unit,ref,who,note\n" + log}
        for name, text in files.items():
            self.write(f"{home}/{name}", text)
        done = self.rackmeter("check", "config", "--dir", self.path(home))
        self.assertEqual(done.status, 0, done)
        self.assertEqual(self.daemon("--run-for", "1", config=self.path(home)).wait(), 0)
        if rows:
            path = self.write(f"{home}/history.csv", "time,device,part,quantity,value,unit\n" +
                              "".join(f"{stamp(ts)},{device},main,{quantity},{value!r},{unit}\n"
                                      for ts, device, quantity, value, unit in sorted(rows)))
            done = self.rackmeter("import", path, "--db", self.path(home, "rackmeter.db"),
                                  "--create")
            self.assertEqual(done.status, 0, done)
        return self.path(home, "rackmeter.db")

    def report(self, db, name, *arguments):
        done = self.rackmeter("report", name, "--db", db, "--format", "json", *arguments)
        self.assertEqual(done.status, 0, done)
        return done.json()

    @staticmethod
    def span(low, high):
        return ("--from", stamp(low), "--to", stamp(high))

    # ---- energy ---------------------------------------------------------------------

    def energy_gap(self):
        e = self.example("01_energy_gap.expected.json", "01_energy_gap.csv")
        good = [(int(r["t_unix"]), float(r["watts"])) for r in e.tables[0] if r["status"] == "ok"]
        ts, watts = zip(*good)
        low, high = e.input("params.from"), e.input("params.to")
        gap, rated = e.input("params.max_gap_s"), e.input("params.rated_w")
        wh, covered, window, mean, most, *holes = self.figures("energy", low, high, gap, rated, ts,
                                                               watts)
        by = "energy_of_power"
        e.want("expect.measured_kwh", wh / 1000, by)
        e.want("expect.bound_lo_kwh", wh / 1000, by)
        e.want("expect.covered_s", covered, by)
        e.want("expect.window_s", window, by)
        e.want("expect.coverage_pct", 100 * covered / window, by)
        e.want("expect.mean_kw_covered", mean / 1000, by)
        e.want("expect.extrapolated_kwh", mean * window / 3600 / 1000, by)
        e.want("expect.bound_hi_kwh", most / 1000, "energy_most_wh")
        for i, hole in enumerate(e.data["expect"]["gaps"]):
            e.want(f"expect.gaps.{i}.from", holes[2 * i], "energy_holes")
            e.want(f"expect.gaps.{i}.to", holes[2 * i + 1], "energy_holes")
            e.want(f"expect.gaps.{i}.s", holes[2 * i + 1] - holes[2 * i], "energy_holes")
            self.assertGreater(hole["s"], gap)
        self.assertEqual(len(holes), 2 * len(e.data["expect"]["gaps"]))
        for key in ("bridge_the_gap", "last_value_hold"):
            e.not_wrong(f"expect.WRONG_{key}_kwh", wh / 1000)
        a, b = e.input("clip.from"), e.input("clip.to")
        wh, covered, window = self.figures("energy", a, b, gap, rated, ts, watts)[:3]
        e.want("clip.measured_kwh", wh / 1000, by)
        e.want("clip.coverage_pct", 100 * covered / window, by)
        ends = [e.input(f"counter_over_the_gap.{k}") for k in ("before", "after")]
        register = [end["kwh"] * 1000 for end in ends]
        wh, known, power = self.figures("meter", low, high, ts, watts, [x["t"] for x in ends],
                                        register)
        e.want("counter_over_the_gap.energy_with_counter_kwh", wh / 1000, "meter_energy")
        e.want("counter_over_the_gap.energy_coverage_pct", known, "meter_energy")
        e.want("counter_over_the_gap.power_coverage_pct", power, "meter_energy_power")
        # and what the program makes of it
        db = self.site([("POWER", ("F1", rated / 1000), "it_in", "R0"),
                        ("BOTH", ("F2", rated / 1000), "it_in", "R0")],
                       [(t, name, "power_w", w, "W") for t, w in good for name in ("POWER", "BOTH")]
                       + [(x["t"], "BOTH", "energy_wh", x["kwh"], "kWh") for x in ends])
        rows = {r["meter"]: r for r in self.report(db, "energy", *self.span(low, high))["energy"]}
        by = "report energy"
        e.again("expect.measured_kwh", rows["POWER"]["energy_wh"] / 1000, by)
        e.again("expect.coverage_pct", rows["POWER"]["coverage_pct"], by)
        e.again("counter_over_the_gap.energy_with_counter_kwh", rows["BOTH"]["energy_wh"] / 1000,
                by)
        e.again("counter_over_the_gap.energy_coverage_pct", rows["BOTH"]["coverage_pct"], by)
        rows = self.report(db, "energy", "--meter", "POWER", *self.span(a, b))["energy"]
        e.again("clip.measured_kwh", rows[0]["energy_wh"] / 1000, by)
        e.again("clip.coverage_pct", rows[0]["coverage_pct"], by)

    def counters(self):
        e = self.example("02_counters.expected.json", "02_counters.csv")
        by, imported = "counter_read", {}
        for name in e.data["series"]:
            at = f"series.{name}"
            unit, modulus, lsb, rated = (e.input(f"{at}.{k}") for k in ("unit_wh", "modulus", "lsb",
                                                                       "rated_w"))
            rows = [(int(r["t_unix"]), float(r["register"]) * unit) for r in e.tables[0]
                    if r["series"] == name]
            power = e.data["series"][name]["expect"].get("cross_check_power_kwh", 0) * 1000
            wh, covered, window, least, most, *events = self.figures(
                "counter", rated, modulus and modulus * unit, lsb * unit, power, *zip(*rows))
            e.want(f"{at}.expect.kwh", wh / 1000, by)
            e.want(f"{at}.expect.events", events, by)
            got = {"uncovered_s": window - covered, "coverage_pct": 100 * covered / window,
                   "bound_lo_kwh": least / 1000, "bound_hi_kwh": most / 1000}
            for key, value in e.data["series"][name]["expect"].items():
                if key in got:
                    e.want(f"{at}.expect.{key}", got[key], by)
                elif key.startswith("WRONG_"):
                    e.not_wrong(f"{at}.expect.{key}", wh / 1000)
                elif key == "cross_check_power_kwh":
                    ts = [t for t, _ in rows]
                    energy = self.figures("energy", ts[0], ts[-1], DAY, rated, ts, [10e3] * len(ts))
                    e.want(f"{at}.expect.{key}", energy[0] / 1000, "energy_of_power")
            if lsb * unit == 1:  # a step that the register keeps when it is imported
                imported[name] = (rated, rows)
        db = self.site([(n, (f"F-{n}", rated / 1000), "it_in", "R0")
                        for n, (rated, _) in imported.items()],
                       [(ts, n, "energy_wh", wh, "Wh") for n, (_, rows) in imported.items()
                        for ts, wh in rows])
        for name, (_, rows) in imported.items():
            row = self.report(db, "energy", "--meter", name,
                              *self.span(rows[0][0], rows[-1][0]))["energy"][0]
            want = e.data["series"][name]["expect"]
            e.again(f"series.{name}.expect.kwh", row["energy_wh"] / 1000, "report energy")
            for event in want["events"]:
                self.assertIn(event.split("@")[0], row["events"])
            if "coverage_pct" in want:
                e.again(f"series.{name}.expect.coverage_pct", row["coverage_pct"], "report energy")

    # ---- PUE ------------------------------------------------------------------------

    @staticmethod
    def register(device, wh_of_hours, start):
        """Hourly readings of a register of whole Wh; over hours of None it stands still."""
        total, rows = 5e6, []
        for h, wh in enumerate([*wh_of_hours, 0]):
            rows.append((start + h * 3600, device, "energy_wh", round(total), "Wh"))
            total += wh or 0
        return rows

    @staticmethod
    def bad(device, wh_of_hours, start):
        """Lines of log.csv: its registers are not to be believed over the hours of None."""
        return "".join(f"{stamp(start + h * 3600 + 1)},{stamp(start + (h + 1) * 3600)},device,"
                       f"{device},bad,energy,,,WO-1,fm,no data\n"
                       for h, wh in enumerate(wh_of_hours) if wh is None)

    SITE = ("boundary:\n  - name: site\n    facility: [\"+ role:utility\"]\n"
            "    it: {category: 1, sum: [\"+ role:ups_out\"]}\n")

    def categories(self):
        e = self.example("03_pue_category.json")
        by, kwh = "pue_of_pairs", e.input("in")
        names = {1: "ups_out_kwh", 2: "pdu_out_kwh", 3: "it_in_kwh"}
        for category, name in names.items():
            e.want(f"expect.PUE{category}", self.figures(
                "pairs", kwh["hours"] * 3600, [kwh["facility_kwh"]], [kwh[name]])[0], by)
        e.want("expect.PUE0_demand_kw_ratio",
               self.figures("ratio", kwh["peak_facility_kw"], kwh["peak_it_kw"])[0], "pue_ratio")
        e.want("expect.DCiE1_pct",
               self.figures("ratio", kwh["facility_kwh"], kwh["ups_out_kwh"])[1], "pue_dcie_pct")
        card = e.input("expect.dc15_card.in")
        for i in (1, 2):
            e.want(f"expect.dc15_card.PUE{i}", self.figures("ratio", card[0], card[i])[0],
                   "pue_ratio")
        w = e.input("weighted.in")
        carriers = ("electricity", "gas", "district_chilled_water")
        wh = [w[f"{c}_kwh"] for c in carriers]
        weighted = self.figures("weighted", wh, [w["weights"][c] for c in carriers])[0]
        e.want("weighted.expect.facility_weighted_kwh", weighted, "pue_weighted_wh")
        ratio = self.figures("ratio", weighted, w["ups_out_kwh"])[0]
        e.want("weighted.expect.PUE1", ratio, "pue_ratio")
        e.not_wrong("weighted.expect.WRONG_unweighted", ratio)
        i = e.input("interim")
        e.want("interim.expect", self.figures("ratio", i["facility_kwh"], i["ups_out_kwh"])[0],
               "pue_ratio")
        e.want("interim.label", self.figures.text("symbol", 1, i["days"]), "pue_symbol")
        sites = e.input("ttm_fleet.sites")
        both = self.figures("pairs", 1, *zip(*sites))[0]
        e.want("ttm_fleet.expect_energy_weighted", both, by)
        e.not_wrong("ttm_fleet.WRONG_mean_of_ratios", both)
        # the year of the plant, read by the hour
        start, hours = calendar.timegm((2025, 1, 1, 0, 0, 0)), kwh["hours"]
        meters = {"UTIL": ("utility", "facility_kwh"), "UPS": ("ups_out", "ups_out_kwh"),
                  "RPP": ("pdu_out", "pdu_out_kwh"), "PDU": ("it_in", "it_in_kwh")}
        rows = []
        for name, (_, key) in meters.items():
            rows += self.register(name, [kwh[key] * 1000 / hours] * hours, start)
        chain = ["", *meters]  # each is fed by the one before
        db = self.site([(n, (n, 16000, chain[k]), role, "R0" if role == "it_in" else "")
                        for k, (n, (role, _)) in enumerate(meters.items())], rows,
                       boundaries=self.SITE + "".join(
                            f"  - name: cat{c}\n    facility: [\"+ role:utility\"]\n"
                            f"    it: {{category: {c}, sum: [\"+ role:{role}\"]}}\n"
                            for c, role in ((2, "pdu_out"), (3, "it_in"))))
        for category, boundary in ((1, "site"), (2, "cat2"), (3, "cat3")):
            json_ = self.report(db, "pue", "--period", "2025", "--boundary", boundary)
            e.again(f"expect.PUE{category}", json_["ratio"], "report pue")
            self.assertEqual(json_["symbol"], f"PUE{category}")
            if category == 1:
                e.again("expect.DCiE1_pct", json_["dcie_pct"], "report pue")

    def partial(self):
        e = self.example("04_pue_partial.expected.json", "04_pue_partial.csv")
        hours = [[float(r[k]) if r[k] else None for k in ("facility_kwh", "it_kwh")]
                 for r in e.tables[0]]
        facility, it = zip(*hours)
        floor = e.input("params.min_paired_coverage_pct")
        ratio, f_wh, i_wh, f_pct, i_pct, pct, n, publishable = self.figures("pairs", 3600, facility,
                                                                            it)
        by = "pue_of_pairs"
        for key, value in (("facility_coverage_pct", f_pct), ("it_coverage_pct", i_pct),
                           ("paired_hours", n), ("paired_coverage_pct", pct),
                           ("paired_facility_kwh", f_wh), ("paired_it_kwh", i_wh),
                           ("paired_pue", ratio), ("publishable", bool(publishable))):
            e.want(f"expect.{key}", value, by)
        self.assertLess(pct, floor)
        e.not_wrong("expect.WRONG_sum_over_sum", ratio)
        truth = e.data["expect"]["true_value_if_nothing_were_missing"]
        e.told("expect.true_value_if_nothing_were_missing", abs(ratio - truth) > 1e-3, by)
        for which in ("loose", "history"):
            bounds = e.input(f"params.{which}_bounds")
            arguments = []
            for side, values in (("facility", facility), ("it", it)):
                missing = values.count(None)
                arguments += [sum(v for v in values if v is not None),
                              *(missing * x for x in bounds[f"{side}_kwh_per_h"])]
            got = self.figures("bounds", *arguments)
            e.want(f"expect.bounds_{which}", got, "pue_bounds")
            self.assertTrue(got[0] <= truth <= got[1])
        start = int(e.tables[0][0]["t_unix"])
        db = self.site([("UTIL", ("UTIL", 2000), "utility", ""),
                        ("UPS", ("UPS", 1250), "ups_out", "")],
                       self.register("UTIL", [v and v * 1000 for v in facility], start) +
                       self.register("UPS", [v and v * 1000 for v in it], start),
                       boundaries=self.SITE,
                       log=self.bad("UTIL", facility, start) + self.bad("UPS", it, start))
        span = self.span(start, start + DAY)
        json_, by = self.report(db, "pue", *span), "report pue"
        for key, name, unit in (("paired_hours", "paired_intervals", 1),
                                ("paired_coverage_pct", "paired_coverage_pct", 1),
                                ("paired_facility_kwh", "facility_wh", 1000),
                                ("paired_it_kwh", "it_wh", 1000), ("paired_pue", "ratio", 1),
                                ("publishable", "publishable", 1)):
            got = json_[name]
            e.again(f"expect.{key}", got if unit == 1 else got / unit, by)
        for low, high in (("ratio_low", "ratio_high"), ("ratio_usual_low", "ratio_usual_high")):
            if json_[low] is not None:
                self.assertTrue(json_[low] <= truth <= json_[high], json_)
        done = self.rackmeter("check", "pue", "--db", db, "--last", "24h", "--now",
                              stamp(start + DAY))
        self.assertIn("data of only", done.out)
        e.want("expect.exit_code", done.status, "check pue")

    def uncertainty(self):
        e = self.example("05_pue_uncertainty.json")
        i = e.input("in")
        n = i["it_meters"]
        facility, limit = self.figures("chain", i["facility_meter_class_pct"],
                                       i["facility_ct_class_pct"])
        e.want("expect.facility_rss_pct", facility, "pue_chain_pct")
        e.want("expect.facility_limit_linear_pct", limit, "pue_chain_limit_pct")
        apart, alike = self.figures("classes", [1000] * n, [i["it_meter_class_pct"]] * n)
        e.want("expect.it_independent_rss_pct", apart, "pue_sum_pct")
        e.want("expect.it_fully_correlated_pct", alike, "pue_sum_pct")
        for it, word in ((apart, "independent"), (alike, "correlated")):
            pct = self.figures("uncertain", i["PUE"], facility, it)[0]
            e.want(f"expect.pue_rss_pct_{word}", pct, "pue_ratio_pct")
            e.want(f"expect.pue_rss_abs_{word}", i["PUE"] * pct / 100, "pue_ratio_pct")
        worst = self.figures("uncertain", i["PUE"], limit, alike)[1:]
        e.want("expect.pue_worst_lo", worst[0], "pue_worst")
        e.want("expect.pue_worst_hi", worst[1], "pue_worst")
        c = {k: e.input(f"chain.{k}") for k in ("pmd", "ct", "value_kw", "limit_kw")}
        rss, most = self.figures("chain", c["pmd"], c["ct"])
        e.want("chain.rss_pct", rss, "pue_chain_pct")
        e.want("chain.worst_pct", most, "pue_chain_limit_pct")
        band = [c["value_kw"] * (1 + sign * most / 100) for sign in (-1, 1)]
        e.want("chain.band_kw", band, "pue_chain_limit_pct")
        e.want("chain.headroom_conservative_kw", c["limit_kw"] - band[1], "pue_chain_limit_pct")
        # a day of such a site
        start, each = calendar.timegm((2026, 1, 15, 0, 0, 0)), 50000
        devices = [("UTIL", "UTIL", "utility", "", i["facility_meter_class_pct"],
                    i["facility_ct_class_pct"])]
        rows = self.register("UTIL", [each * n * i["PUE"]] * 24, start)
        for k in range(n):
            devices.append((f"UPS-{k}", f"UPS-{k}", "ups_out", "", i["it_meter_class_pct"], ""))
            rows += self.register(f"UPS-{k}", [each] * 24, start)
        json_ = self.report(self.site(devices, rows, boundaries=self.SITE), "pue",
                            *self.span(start, start + DAY))
        for key, name in (("pue_rss_pct_independent", "uncertainty_pct"),
                          ("pue_rss_pct_correlated", "uncertainty_correlated_pct"),
                          ("pue_worst_lo", "ratio_worst_low"),
                          ("pue_worst_hi", "ratio_worst_high")):
            e.again(f"expect.{key}", json_[name], "report pue")
        self.assertTrue(examples.close(json_["ratio"], i["PUE"]))

    # ---- circuits -------------------------------------------------------------------

    def failover(self):
        e = self.example("06_failover.json")
        p = e.input("in")
        setting = (p["breaker_a"], p["derate"], p["v_ll"], p["warn_frac_of_derated"])
        by, usable = "failover_after", None
        for name, rack in p["racks"].items():
            for lost, other in (("A", "B"), ("B", "A")):
                state, l1, l2, l3, worst, pct, breaker, headroom, *rest = self.figures(
                    "failover", *setting, "AB".index(lost), rack["A"], rack["B"], rack["single_A"],
                    rack["single_B"])
                at = f"expect.{name}.lose_{lost}"
                e.want(f"{at}.{other}_amps", [l1, l2, l3], by)
                e.want(f"{at}.dropped_a", rest[:3], by)
                by_rating = "failover_judge_rack"
                e.want(f"{at}.worst_a", worst, by_rating)
                e.want(f"{at}.pct_of_derated", pct, by_rating)
                e.want(f"{at}.pct_of_breaker", breaker, by_rating)
                e.want(f"{at}.headroom_a", headroom, by_rating)
                e.want(f"{at}.state", state, by_rating)
                usable = rest[3]
            for k, part in enumerate((40, 50)):
                e.want(f"expect.{name}.simple_{part}pct_rule_ok", bool(rest[4 + k]),
                       "failover_rule_of_thumb")
        derated = p["breaker_a"] * p["derate"]
        e.want("expect_capacity.derated_a", derated, "failover_limits_of")
        va = self.figures("va", "3ph-wye", p["v_ll"], [derated] * 3)[0]
        e.want("expect_capacity.feed_va_exact", va, "power_va")
        e.want("expect_capacity.feed_va_netbox", float(round(va)), "power_va rounded")
        e.want("expect_capacity.rack_2n_usable_va", usable, "failover_capacity_w")
        e.not_wrong("expect_capacity.WRONG_netbox_rack_available_va", usable)
        s = "imbalance_stranded"
        amps, volts = e.input(f"{s}.in_amps"), e.input(f"{s}.v_ln")
        stranded = self.figures("stranded", derated, volts, amps)[0]
        e.want(f"{s}.stranded_va", stranded, "failover_stranded_va")
        # the two amounts that it is made of
        left = sum(derated - x for x in amps)
        e.want(f"{s}.nominal_left_a", left, "failover_stranded_va")
        e.want(f"{s}.balanced_addable_a", left - stranded / volts, "failover_stranded_va")
        pairs = list(zip(e.input("coincident.A"), e.input("coincident.B")))
        got = [self.figures("judge", e.input("coincident.derated_a"), p["breaker_a"], setting[3],
                            [a + b, 0, 0]) for a, b in pairs]
        state, peak = max(got, key=lambda g: g[1])
        e.want("coincident.expect_coincident_peak_a", peak, "failover_judge")
        e.want("coincident.state", state, "failover_judge")
        e.not_wrong("coincident.WRONG_sum_of_peaks_a", peak)
        e.not_wrong("coincident.WRONG_state", state)
        arc = e.input("arc_modius.in")
        e.want("arc_modius.expect_a", self.figures("arc", arc["derated_a"], arc["actual_a"])[0],
               "failover_arc_a")

    def shelves(self):
        e = self.example("07_power_shelves.json")
        i = e.input("in")
        n, each, load = i["shelves"], i["kw_each"] * 1e3, i["load_kw"] * 1e3
        feed = sum(1 << k for k, side in enumerate(i["feed_of_shelf"]) if side == "A")
        now, one, side = (self.figures("shelves", n, each, load, lost) for lost in (0, 1, feed))
        for key, value in (("installed_kw", now[0] / 1e3), ("n_plus_1_kw", one[0] / 1e3),
                           ("headroom_n_plus_1_kw", (one[0] - load) / 1e3),
                           ("after_feed_A_lost_capacity_kw", side[0] / 1e3),
                           ("shortfall_feed_kw", (load - side[0]) / 1e3)):
            e.want(f"expect.{key}", value, "failover_capacity_w")
        for key, value in (("per_shelf_kw", now[1] / 1e3), ("per_shelf_pct", now[2]),
                           ("after_one_lost_per_shelf_kw", one[1] / 1e3),
                           ("after_one_lost_pct", one[2]), ("survives_one_shelf", bool(one[3])),
                           ("survives_one_feed", bool(side[3]))):
            e.want(f"expect.{key}", value, "failover_judge_rack")

    def three_phase(self):
        e = self.example("08_three_phase.json")
        amps = e.input("wye.in")
        imbalance, neutral = self.figures("wye", amps)
        e.want("wye.expect.imbalance_pct", imbalance, "threephase_imbalance_pct")
        e.want("wye.expect.neutral_fundamental_a", neutral, "threephase_neutral_a")
        mean = self.figures("va", "3ph-wye", 400, amps)[0] / 400 / 3 ** 0.5
        e.want("wye.expect.avg_a", mean, "power_va")
        e.want("wye.expect.max_dev_a", imbalance / 100 * mean, "threephase_imbalance_pct")
        w = "wye_calcspec"
        amps = e.input(f"{w}.in")
        e.want(f"{w}.expect.imbalance_pct", self.figures("wye", amps)[0],
               "threephase_imbalance_pct")
        e.want(f"{w}.expect.kva",
               self.figures("va", "3ph-wye", e.input(f"{w}.v_ll"), amps)[0] / 1000, "power_va")
        breaker = e.input(f"{w}.breaker_a")
        load = self.figures("judge", breaker, breaker, 0.9, amps)[1]
        e.want(f"{w}.expect.breaker_pct", 100 * load / breaker, "failover_judge")
        pairs = e.input("delta_LL.in")
        got = self.figures("delta", pairs["v_ll"], [pairs[k] for k in ("L1L2", "L2L3", "L3L1")])
        for k in range(3):
            e.want(f"delta_LL.expect.I_L{k + 1}", got[k], "threephase_delta_lines")
        e.want("delta_LL.expect.va_true", got[3] * pairs["pf"], "power_va_of_pairs")
        e.not_wrong("delta_LL.expect.va_opendcim_Convert3PhAmperes", got[3])
        e.not_wrong("delta_LL.expect.WRONG_arithmetic_L1", got[0])
        for name in ("delta_single", "delta_balanced"):
            i = e.input(f"{name}.in")
            e.want(f"{name}.expect", self.figures("delta", 208, [
                i[k] for k in ("L1L2", "L2L3", "L3L1")])[:3], "threephase_delta_lines")
        e.want("zero.expect.imbalance_pct", self.figures("wye", e.input("zero.in"))[0],
               "threephase_imbalance_pct")
        v = "voltage_trap_netbox_8738"
        i = e.input(f"{v}.in")
        amps = [i["amps"] * i["max_util_pct"] / 100] * 3
        entered, meant = self.figures("va", "3ph-wye", i["volts_entered"], amps)
        e.want(f"{v}.netbox_va", float(round(entered)), "power_va rounded")
        e.want(f"{v}.true_va_400_L_L", self.figures("va", "3ph-wye", meant, amps)[0],
               "power_meant_volts")
        e.want(f"{v}.true_va_if_230_is_L_N",
               3 * self.figures("va", "1ph-ln", i["volts_entered"], amps)[0], "power_va")

    def demand(self):
        e = self.example("09_demand.expected.json", "09_demand_day.csv", "09_demand_burst.csv")
        ends, day = zip(*((int(r["t_unix_interval_end"]), float(r["kw_avg_15min"]))
                          for r in e.tables[0]))
        start = ends[0] - 900
        peak, mean, n, *blocks = self.figures("demand", start, ends[-1], 900, 900, 900,
                                              [t - 900 for t in ends], day)
        e.want("day.n", n, "demand_windows")
        e.want("day.max", peak, "demand_peak")
        e.want("day.mean", mean, "demand_mean")
        e.want("day.load_factor", mean / peak, "demand_mean by demand_peak")
        for pct in (95, 99):
            got = dict(zip(("nearest_rank", "type7", "drop_top_5pct"),
                           self.figures("percentile", pct, blocks)))
            for key, value in got.items():
                if f"p{pct}_{key}" in e.data["day"]:
                    e.want(f"day.p{pct}_{key}", value, "percentile")
        starts, burst = zip(*((int(r["t_unix_start"]), float(r["kw_avg_30s"]))
                              for r in e.tables[1]))
        got = {step: self.figures("demand", starts[0], starts[-1] + 30, 900, step, 30, starts,
                                  burst)
               for step in (900, 300, 30)}
        e.want("burst.fixed_block_15min", got[900][3:], "demand_windows")
        e.want("burst.fixed_peak", got[900][0], "demand_peak")
        e.want("burst.rolling_15min_step_5min_peak", got[300][0], "demand_peak")
        e.want("burst.sliding_15min_step_30s_peak", got[30][0], "demand_peak")

    # ---- thermal --------------------------------------------------------------------

    def thermal(self):
        e = self.example("10_thermal.json")
        for name in e.data["classes"]:
            if name != "order":
                e.want(f"classes.{name}", self.figures("class", name), "thermal_class")
        for part in ("rci", "rci_over_allowable"):
            intakes = e.input(f"{part}.intakes_c")
            for name in [k for k in e.data[part] if k != "intakes_c"]:
                high, low, over = self.figures("rci", name, intakes)
                e.want(f"{part}.{name}.hi", high, "thermal_rci")
                e.want(f"{part}.{name}.lo", low, "thermal_rci")
                for key, value in (("clamped_hi", max(high, 0)), ("flag_over_allowable", over)):
                    if key in e.data[part][name]:
                        e.want(f"{part}.{name}.{key}", value, "thermal_rci")
        e.input("rci_none.intakes_c")
        e.want("rci_none.expect", self.figures("rci", "A1", [])[0], "thermal_rci")
        for k in range(len(e.data["rti"])):
            supply, back, dt = (e.input(f"rti.{k}.{key}") for key in ("supply", "return",
                                                                     "dt_equip"))
            rti = self.figures("rti", supply, back, dt)[0]
            e.want(f"rti.{k}.expect", rti, "thermal_rti_pct")
        d = "dt_power_weighted"
        rise = self.figures("dt", [1000 * p for p in e.input(f"{d}.p_kw")], e.input(f"{d}.dt"))[0]
        e.want(f"{d}.expect", rise, "thermal_dt_k")
        e.not_wrong(f"{d}.WRONG_plain_mean", rise)
        shi = self.figures("shi", *(e.input(f"shi.{k}") for k in ("in", "out", "supply")))[0]
        e.want("shi.shi", shi, "thermal_shi")
        e.want("shi.rhi", 1 - shi, "thermal_shi")
        ts = [60 * t for t in e.input("rate.t_min")]
        temp = e.input("rate.temp_c")
        quarter, hour = (self.figures("rise", w, ts, temp) for w in (900, 3600))
        e.want("rate.expect.max_rise_15min", quarter[0], "thermal_rise_k")
        e.want("rate.expect.max_rise_60min", hour[0], "thermal_rise_k")
        e.want("rate.expect.it_20_per_h_ok", bool(hour[1]), "thermal_rise_k")
        e.want("rate.expect.it_5_per_15min_ok", bool(quarter[2]), "thermal_rise_k")
        e.want("rate.expect.tape_5_per_h_ok", bool(hour[3]), "thermal_rise_k")

    # ---- civil time -----------------------------------------------------------------

    def civil(self):
        e = self.example("11_dst.json")
        zone, kw = e.data["zone"], e.input("const_kw")
        by = "period_named"
        for k, day in enumerate(e.data["days"]):
            low, high = self.figures("period", zone, e.input(f"days.{k}.day"))
            e.want(f"days.{k}.from", low, by)
            e.want(f"days.{k}.to", high, by)
            e.want(f"days.{k}.hours", (high - low) / 3600, by)
            quarters = self.figures("demand", low, high, 900, 900, high - low, [low], [kw])
            e.want(f"days.{k}.quarters", quarters[2], "demand_windows")
            for hour in day.get("hour_labels_missing", ()):
                answer = self.figures.text("time", zone, f"{day['day']}T{hour}:00")
                e.told(f"days.{k}.hour_labels_missing", "does not exist" in answer, "zone_parse")
            for j, twice in enumerate(day.get("repeated_hour", ())):
                at = f"days.{k}.repeated_hour.{j}"
                ts = self.figures("time", zone, f"{day['day']}T{twice['label']}")[0]
                e.want(f"{at}.from", ts, "zone_parse")
                e.input(f"{at}.label")
        for k in range(len(e.data["months"])):
            low, high = self.figures("period", zone, e.input(f"months.{k}.month"))
            e.want(f"months.{k}.from", low, by)
            e.want(f"months.{k}.to", high, by)
            e.want(f"months.{k}.hours", (high - low) / 3600, by)
        low, high = self.figures("period", zone, "2026")
        e.want("year.from", low, by)
        e.want("year.to", high, by)
        e.want("year.hours", (high - low) / 3600, by)
        for k in range(len(e.data["inputs"])):
            answer = self.figures.text("time", zone, e.input(f"inputs.{k}.local"))
            want = e.data["inputs"][k]["expect"]
            if isinstance(want, str):
                why = "does not exist" if "not exist" in want else "twice"
                e.told(f"inputs.{k}.expect", answer.startswith("reject") and why in answer,
                       "zone_parse")
            else:
                e.want(f"inputs.{k}.expect", float(answer), "zone_parse")
        for k in range(len(e.data["other_zones"])):
            low, high = self.figures("period", e.input(f"other_zones.{k}.zone"),
                                     e.input(f"other_zones.{k}.day"))
            e.want(f"other_zones.{k}.from", low, by)
            e.want(f"other_zones.{k}.to", high, by)
            e.want(f"other_zones.{k}.hours", (high - low) / 3600, by)
        self.civil_energy(e, zone, kw)

    def civil_energy(self, e, zone, kw):
        """A year of constant power, read by the hour of UTC."""
        start = e.data["year"]["from"]
        hours = (e.data["months"][-1]["to"] - start) // 3600
        db = self.site([("UTIL", "UTIL", "utility", "")],
                       self.register("UTIL", [kw * 1000] * hours, start), zone=zone)
        by, days, months = "report energy", {}, {}
        for month in e.data["months"]:
            json_ = self.report(db, "energy", "--period", month["month"])
            months[month["month"]] = json_["utility_wh"]
            days.update((row["date"], row) for row in json_["days"])
        for k, day in enumerate(e.data["days"]):
            wh = days[day["day"]]["utility_wh"]
            e.want(f"days.{k}.kwh", wh / 1000, by)
            e.again(f"days.{k}.hours", days[day["day"]]["hours"], by)
            for key in [key for key in day if key.startswith("WRONG_")]:
                # no hour of the day is told with the energy of two
                e.not_wrong(f"days.{k}.{key}", self.hour_wh(db, day["repeated_hour"][0]) / 1000)
            for j, hour in enumerate(day.get("repeated_hour", ())):
                e.want(f"days.{k}.repeated_hour.{j}.kwh", self.hour_wh(db, hour) / 1000, by)
        e.not_wrong("WRONG_86400s_day_2026-10-25_kwh", days["2026-10-25"]["utility_wh"] / 1000)
        for k, month in enumerate(e.data["months"]):
            e.want(f"months.{k}.kwh", months[month["month"]] / 1000, by)

    def hour_wh(self, db, hour):
        span = self.span(hour["from"], hour["from"] + 3600)
        return self.report(db, "energy", *span)["utility_wh"]

    # ---- sums, figures for authorities, checks ------------------------------------------

    def rollup(self):
        e = self.example("12_rollup.json")
        i = e.input("in")
        racks, limit, prices = i["racks"], i["hall_limit_kw"], i["usd_per_w"]
        coincident = i["hall_coincident_peak_kw"]
        over, diversity, *unused = self.figures(
            "capacity", [r["budget_kw"] for r in racks], [r["peak_kw"] for r in racks], coincident,
            limit)
        e.want("expect.sum_budget_kw", over * limit, "capacity_oversubscription")
        e.want("expect.oversubscription", over, "capacity_oversubscription")
        e.want("expect.sum_of_peaks_kw", diversity * coincident, "capacity_diversity")
        e.want("expect.diversity_factor", diversity, "capacity_diversity")
        for rack, kw in zip(racks, unused):
            e.want(f"expect.unused_by_rack_kw.{rack['id']}", kw, "capacity_unused_w")
        e.want("expect.unused_sum_kw", sum(unused), "capacity_unused_w")
        headroom = self.figures("capacity", [limit], [coincident], coincident, limit)[2]
        e.want("expect.hall_headroom_coincident_kw", headroom, "capacity_unused_w")
        for name, kw in (("unused_sum", sum(unused)), ("hall_headroom", headroom)):
            middle, least, most = self.figures("cost", kw * 1000)
            e.want(f"expect.usd_{name}_at_{prices[1]}", middle, "capacity_cost")
            short = name.replace("_sum", "")
            e.want(f"expect.usd_{short}_range", [least, most], "capacity_cost")
        # a month of it
        low, high = (calendar.timegm((2026, m, 1, 0, 0, 0)) for m in (6, 7))
        hours = (high - low) // 3600
        energies = {"UTIL": i["facility_kwh_month"], "UPS": i["hall_it_kwh_month"],
                    **{f"PDU-{r['id']}": r["kwh_month"] for r in racks}}
        rows = []
        for name, kwh in energies.items():
            rows += self.register(name, [kwh * 1000 / hours] * hours, low)
        db = self.site([("UTIL", "UTIL", "utility", ""),
                        ("UPS", ("UPS", 16000, "UTIL"), "ups_out", "")] +
                       [(f"PDU-{r['id']}", (f"F-{r['id']}", 150, "UPS"), "it_in", r["id"])
                        for r in racks], rows,
                       boundaries=self.SITE,
                       racks={r["id"]: f"{r['budget_kw']},{r['tenant']}" for r in racks})
        json_, by = self.report(db, "tenants", "--period", "2026-06"), "report tenants"
        rows = {row["tenant"]: row for row in json_["tenants"]}
        rows["unallocated"] = rows.pop("(unallocated)")
        for tenant in e.data["expect"]["tenant_kwh"]:
            e.want(f"expect.tenant_kwh.{tenant}", rows[tenant]["energy_wh"] / 1000, by)
        e.want("expect.unallocated_it_kwh", json_["unallocated_wh"] / 1000, by)
        e.want("expect.unallocated_pct", json_["unallocated_pct"], by)
        e.want("expect.pue", json_["pue"], by)
        for tenant in e.data["expect"]["tenant_kwh_with_overhead"]:
            e.want(f"expect.tenant_kwh_with_overhead.{tenant}",
                   rows[tenant]["with_overhead_wh"] / 1000, by)
        e.want("expect.sum_check", sum(r["with_overhead_wh"] for r in rows.values()) / 1000, by)

    def eu_kpi(self):
        e = self.example("13_eu_kpi.json")
        i = e.input("in")
        pue, wue, erf, ref, total, label = self.figures("eukpi", 2026, *i.values())
        by = "eukpi_version(2026)"
        for key, value in (("PUE", pue), ("WUE_m3_per_MWh", wue), ("ERF", erf), ("REF", ref),
                           ("ERES_TOT_kwh", total), ("label_class_PUE", label)):
            e.want(f"expect.{key}", value, by)
        for name, text in e.data["label_bounds_seen"].items():
            edges = [float(x) for x in text.replace("PUE", "").replace("<=", " ").replace("<", " ")
                     .replace(">", " ").split()]
            inside = {"A": edges[0], "G": edges[0] + 1e-9}.get(name, edges[-1])
            beyond = {"A": edges[0] + 1e-9, "G": edges[0]}.get(name, edges[0])
            got = [self.figures.text("label", x) for x in (inside, beyond)]
            e.told(f"label_bounds_seen.{name}", got[0] == name and got[1] != name,
                   "eukpi_label_class")
        keys = {"EDC": "EDC_kwh", "EIT": "EIT_kwh", "WIN": "WIN_m3", "EREUSE": "EREUSE_kwh",
                "ERES-GOO": "ERES_GOO_kwh", "ERES-PPA": "ERES_PPA_kwh", "ERES-OS": "ERES_OS_kwh"}
        self.assertEqual(set(keys.values()), set(i))
        facts = "".join(
            f"EU.{key},2025-01-01,2026-01-01,{i[name]},"
            f"{name.rsplit('_')[-1].replace('kwh', 'kWh')},ok,bill,\n" for key, name in keys.items())
        # meters that were read for two hours of that year: facts stand in for them
        db = self.site([("UTIL", "UTIL", "utility", ""), ("UPS", "UPS", "ups_out", "")], [
            row for name in ("UTIL", "UPS")
            for row in self.register(name, [1000] * 2, calendar.timegm((2025, 1, 1, 0, 0, 0)))],
            boundaries=self.SITE, facts=facts)
        json_ = self.report(db, "eu-kpi", "--period", "2025")
        rows = {row["key"]: row for row in json_["indicators"]}
        for key, name in (("PUE", "pue"), ("WUE_m3_per_MWh", "wue_m3_per_mwh"), ("ERF", "erf"),
                          ("REF", "ref")):
            e.again(f"expect.{key}", json_[name], "report eu-kpi")
        e.again("expect.ERES_TOT_kwh", rows["ERES-TOT"]["value"], "report eu-kpi")

    def ranges(self):
        e = self.example("14_exit_ranges.json")
        states = self.figures("states")
        for name in e.data["exit"]:
            e.want(f"exit.{name}", states.index(name), "check_state")
        for k in range(len(e.data["ranges"])):
            text, value = (e.input(f"ranges.{k}.{key}") for key in ("range", "value"))
            alert = bool(self.figures("range", text, value)[0])
            e.want(f"ranges.{k}.alert", alert, "range_alerts")
        # what the convention is called is printed by --help
        help_ = self.rackmeter("check", "racks", "--help").out
        e.told("aggregate", "worst of CRITICAL, WARNING, UNKNOWN, OK" in help_, "check --help")


if __name__ == "__main__":
    rmtest.main()
