#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A month of registers through import into the reports on energy, tenants and meters: the worked
figures come out of the program, in every form the same, whatever the locale."""
import csv
import io
import os
import re
import sqlite3
import time

import rmtest

# October 2026 in Berlin: 745 hours, a day of 25. What each register counts in it, in kWh.
FROM, HOURS = 1790805600, 745
METERS = {
    # device: (rack, circuit, role, kWh)
    "PDU-1": ("R1", "R1-A", "it_in", 66000), "PDU-2": ("R2", "R2-A", "it_in", 75000),
    "PDU-3": ("RZ3", "RZ3-A", "it_in", 39000), "FLOOR-M": ("", "FLOOR", "pdu_out", 181000),
    "UTIL-M": ("", "UTIL", "utility", 226250)}
YAML = """\
version: 1
site: Nord
zone: Europe/Berlin
database: ../rackmeter.db
boundary:
  - name: site
    facility: ["+ role:utility"]
    it: {category: 2, sum: ["+ role:pdu_out"]}
"""
FILES = {
    "racks.csv": "rack,hall,tenant,feeds,budget_kw\nR1,H1,T1-Borealis,R1-A,130\n"
                 "R2,H1,T1-Borealis,R2-A,130\nRZ3,H1,T2-Cirrus,RZ3-A,130\n",
    "circuits.csv": "circuit,kind,hall,fed_by,system,volts,rated_kw,derate\n"
                    "UTIL,utility,,,3ph-wye,400,500,1\nFLOOR,panel,H1,UTIL,3ph-wye,400,400,1\n"
                    "R1-A,feed,H1,FLOOR,3ph-wye,400,130,1\nR2-A,feed,H1,FLOOR,3ph-wye,400,130,1\n"
                    "RZ3-A,feed,H1,FLOOR,3ph-wye,400,130,1\n",
    "tariffs.csv": "tariff,days,start,end,kind,price,unit,currency\n"
                   "std,mon-fri,06:00,22:00,energy,0.20,kWh,EUR\n"
                   "std,mon-fri,22:00,06:00,energy,0.10,kWh,EUR\n"
                   "std,sat+sun,,,energy,0.10,kWh,EUR\nstd,,,,fixed,250,month,EUR\n"}
PERIOD = ("--period", "2026-10", "--now", "2026-11-05T12:00")
OTHERS = ("Cirrus", "RZ3", "PDU-3", "FLOOR", "UTIL", "39000", "48750", "181000", "226250")


def stamp(ts):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ts))


def numbers(text):
    return sorted(float(x) for x in re.findall(r"(?<![\w.])-?\d+\.?\d*(?![\w.:])", text))


class Money(rmtest.Case):
    def setUp(self):
        super().setUp()
        walk = self.write("walk", "1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.4.6\n")
        devices = "device,endpoint,profile,rack,circuit,role,acc_pct\n" + "".join(
            f"{name},walk:{walk}?{name},apc-rpdu2,{rack},{circuit},{role},1\n"
            for name, (rack, circuit, role, _) in METERS.items())
        for name, text in (*FILES.items(), ("rackmeter.yaml", YAML),
                           ("devices.csv", devices.replace("?", "-"))):
            self.write("config/" + name, text)
        for name in METERS:
            os.link(walk, f"{walk}-{name}")
        self.daemon("--run-for", "1").wait()
        rows = [f"{stamp(FROM + 3600 * h)},{name},main,energy_wh,{kwh * 1000 * h // HOURS},Wh"
                for name, (_, _, _, kwh) in METERS.items() for h in range(HOURS + 1)]
        history = self.write("history.csv",
                             "time,device,part,quantity,value,unit\n" + "\n".join(rows) + "\n")
        done = self.rackmeter("import", history, "--db", self.db, "--create")
        self.assertEqual(done.status, 0, done)

    def report(self, name, *arguments, **how):
        done = self.rackmeter("report", name, "--db", self.db, *PERIOD, *arguments, **how)
        self.assertEqual(done.status, 0, done)
        return done

    def near(self, a, b):
        self.assertLessEqual(abs(a - b), 1e-9 * abs(b), f"{a} is not {b}")

    def test_all(self):
        """One database for all: it takes longer to make than to read."""
        self.tenants()
        self.one_tenant()
        self.energy()
        self.forms()
        self.month_by_days()
        self.refusals()

    def tenants(self):
        json_ = self.report("tenants", "--format", "json").json()
        rows = {r["tenant"]: r for r in json_["tenants"]}
        self.near(rows["T1-Borealis"]["energy_wh"], 141000e3)
        self.near(rows["T2-Cirrus"]["energy_wh"], 39000e3)
        self.near(rows["(unallocated)"]["energy_wh"], 1000e3)
        self.near(json_["unallocated_pct"], 0.5524861878453039)
        self.near(json_["pue"], 1.25)
        for name, kwh in (("T1-Borealis", 176250), ("T2-Cirrus", 48750), ("(unallocated)", 1250)):
            self.near(rows[name]["with_overhead_wh"], kwh * 1000)
        self.near(sum(r["with_overhead_wh"] for r in rows.values()), 226250e3)
        self.near(sum(r["energy_wh"] for r in json_["tenant_days"])
                  + sum(r["unallocated_wh"] for r in json_["days"]), 181000e3)

    def one_tenant(self):
        forms = [self.report("tenants", "--tenant", "T1-Borealis", "--format", form)
                 for form in ("text", "json", "csv", "html")]
        forms += [self.report("tenants", "--tenant", "T1-Borealis", "--format", "csv", "--table", t)
                  for t in ("days", "racks", "costs", "fields", "exceptions", "notes")]
        for form in forms:
            for word in OTHERS:
                self.assertNotIn(word, form.out)
                self.assertNotIn(word, form.err)
        self.near(forms[1].json()["energy_wh"], 141000e3)
        done = self.rackmeter("report", "tenants", "--db", self.db, *PERIOD, "--tenant", "T2-Cirru")
        self.assertEqual(done.status, 1, done)
        self.assertIn("no rack or outlet was tenant T2-Cirru's", done.err)
        self.assertNotIn("Cirrus", done.err)

    def energy(self):
        json_ = self.report("energy", "--format", "json").json()
        self.near(json_["utility_wh"], 226250e3)
        days = {r["date"]: r for r in json_["days"]}
        self.assertEqual(len(days), 31)
        self.assertEqual(days["2026-10-25"]["hours"], 25)
        # a register of whole Wh, read on the hour
        self.assertAlmostEqual(days["2026-10-25"]["utility_wh"], 226250e3 * 25 / 745, delta=1)
        self.near(sum(d["utility_wh"] for d in days.values()), 226250e3)
        # 22 weekdays: 16 dear hours each
        dear, cheap = 22 * 16, 745 - 22 * 16
        self.assertAlmostEqual(json_["cost_energy"],
                               226250 / 745 * (dear * 0.20 + cheap * 0.10), delta=0.01)
        self.assertEqual(json_["cost_charges"], 250)
        self.near(json_["cost"], json_["cost_energy"] + 250)
        balance = {r["meter"]: r for r in json_["balance"]}
        self.near(balance["FLOOR-M"]["difference_wh"], 1000e3)
        self.near(balance["UTIL-M"]["difference_pct"], 20)

    def forms(self):
        for name in ("energy", "tenants", "meters"):
            text = self.report(name).out
            json_ = self.report(name, "--format", "json").json()
            main = {"energy": "energy", "tenants": "tenants", "meters": "meters_table"}[name]
            rows = list(csv.DictReader(io.StringIO(self.report(name, "--format", "csv").out)))
            self.assertEqual(len(rows), len(json_[main]))
            for got, want in zip(rows, json_[main]):
                for key, value in want.items():
                    if isinstance(value, (int, float)) and not isinstance(value, bool):
                        self.assertEqual(float(got[key]), value)
            html = self.report(name, "--format", "html").out
            self.assertIn(json_["verdict"]["text"].split(",", maxsplit=1)[0], html)
            for locale in ("C", "de_DE.UTF-8"):
                again = self.report(name, env={"LC_ALL": locale}).out
                self.assertEqual(numbers(again), numbers(text))

    def month_by_days(self):
        """Each day asked for by itself: their sum is the month."""
        total = 0
        for day in range(1, 32):
            done = self.rackmeter("report", "energy", "--db", self.db, "--period",
                                  f"2026-10-{day:02}", "--now", PERIOD[3], "--format", "json")
            total += done.json()["utility_wh"]
        self.near(total, 226250e3)

    def refusals(self):
        for arguments, status, word in (
                (("energy", "--tenant", "x"), 2, "has no --tenant"),
                (("tenants", "--rack", "R1"), 2, "has no --rack"),
                (("energy", "--meter", "PDU-4"), 1, "did you mean PDU-"),
                (("energy", "--period", "2025-01"), 1, "ends before the first reading"),
                (("meters", "--meter", "nope"), 1, "no such meter")):
            done = self.rackmeter("report", *arguments[:1], "--db", self.db,
                                  *(PERIOD if "--period" not in arguments else PERIOD[2:]),
                                  *arguments[1:])
            self.assertEqual(done.status, status, done)
            self.assertIn(word, done.err)
        db = sqlite3.connect(self.db)
        db.execute("UPDATE rack SET tenant = ''")
        db.commit()
        db.close()
        done = self.rackmeter("report", "tenants", "--db", self.db, *PERIOD)
        self.assertEqual(done.status, 1, done)
        self.assertIn("fill the column tenant", done.err)


if __name__ == "__main__":
    rmtest.main()
