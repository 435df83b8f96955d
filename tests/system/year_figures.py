# SPDX-License-Identifier: Apache-2.0
"""What test_year.py holds against the truth beside energy, PUE and racks: the yearly table."""
import year


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
