#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An HTML report in a real browser: nothing fetched, nothing on the console, the chart drawn, no
sideways scrolling on a phone, the same figures as JSON, all of the tables without JavaScript."""
import json
import os
import subprocess
import sys
import unittest

import browser
import rmtest

SAMPLE = os.path.join(rmtest.BUILD, "tests", "unit_report_test_doc")
# How many of a canvas's pixels are not as the page behind it.
INK = """(() => {
    const c = document.querySelector('%s canvas');
    const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
    let n = 0;
    for (let i = 3; i < d.length; i += 4) n += d[i] > 0;
    return n;
})()"""
# Rows of every table: {key: plain number or text}.
TABLES = """Object.fromEntries([...document.querySelectorAll('section')].map((section) => {
    const keys = [...section.querySelectorAll('thead th')].map((th) => th.dataset.key);
    return [section.id, [...section.querySelectorAll('tbody tr')].map((tr) =>
        Object.fromEntries([...tr.children].map((cell, i) =>
            [keys[i], cell.dataset.v ?? cell.textContent])))];
}))"""


class Html(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser(rmtest.DEADLINE_S)
        cls.addClassCleanup(cls.browser.close)
        cls.page = os.path.join(cls.browser.profile, "sample.html")
        subprocess.run([SAMPLE, "--html", cls.page], check=True)
        with open(os.path.join(rmtest.FIXTURES, "report", "sample.json"), encoding="utf-8") as f:
            cls.json = json.load(f)

    def setUp(self):
        self.browser.screen(1200, 900)
        self.browser.media()

    def ink(self, figure="#chart-power"):
        return self.browser.ask(INK % figure)

    def legend(self, figure):
        """Of a chart: the name of each curve with what stands beside it."""
        return self.browser.ask(
            f"[...document.querySelectorAll('{figure} .u-legend .u-series')].map((e) => "
            "[e.querySelector('.u-label').textContent, e.querySelector('.u-value').textContent])")

    def test_chart(self):
        self.browser.open(self.page)
        self.assertEqual(self.browser.ask("document.querySelectorAll('.uplot canvas').length"), 2)
        self.assertGreater(self.ink(), 500)
        # with no pointer on it, what was last
        self.assertEqual(self.legend("#chart-power"), [
            ["time", "2026-10-25 04:00"], ["Facility", "1.70 kW"], ["IT", "1.10 kW"],
            ["Limit", "1.80 kW"]])
        self.assertEqual(self.browser.complaints(), [])

    def test_stack(self):
        """The parts of a sum, the first at the bottom, each with its own figure; a day of which
        nothing is known is no zero."""
        self.browser.open(self.page)
        self.assertEqual(self.legend("#chart-by_day"), [
            ["time", "2026-10-27 01:00"], ["blue <b>", "35.000 kWh"], ["acme", "25.000 kWh"]])
        self.assertGreater(self.ink("#chart-by_day"), 500)
        self.assertEqual(self.browser.ask("document.querySelectorAll('b').length - "
                                          "document.querySelectorAll('p > b, li > b').length"), 0)

    def test_gap(self):
        """What is not known is no line, and its time is set apart from the page."""
        self.browser.open(self.page)
        at = """(() => {
            const c = document.querySelector('#chart-power canvas');
            const over = document.querySelector('#chart-power .u-over');
            const box = c.getBoundingClientRect(), plot = over.getBoundingClientRect();
            const ratio = c.width / box.width;
            return [0.3, 0.8].map((part) => {
                const x = Math.round((plot.left - box.left + plot.width * (2 + part) / 4) * ratio);
                const d = c.getContext('2d').getImageData(
                    x, Math.round((plot.top - box.top) * ratio) + 3,
                    1, Math.round(plot.height * ratio) - 6).data;
                let shaded = 0;
                for (let i = 0; i < d.length; i += 4) shaded += d[i] === 234 && d[i + 1] === 238;
                return shaded / (d.length / 4);
            });
        })()"""
        # of four hours the third is unknown: shaded but for the grid
        shares = self.browser.ask(at)
        self.assertGreater(min(shares), 0.8)
        self.assertEqual(self.browser.ask(at.replace("2 + part", "0 + part")), [0, 0])

    def test_nothing(self):
        self.browser.open(self.page)
        self.assertEqual(self.browser.ask(
            "document.querySelector('#chart-nothing_c .plot').textContent"),
            "(no readings in this time)")

    def test_figures(self):
        self.browser.open(self.page)
        shown = self.browser.ask(TABLES)
        self.assertEqual(set(shown), {"racks", "empty", "units"})
        for key, rows in shown.items():
            self.assertEqual(len(rows), len(self.json[key]))
            for row, want in zip(rows, self.json[key]):
                for name, cell in row.items():
                    if name == "bar":
                        continue
                    value = want[name]
                    if value is None:
                        self.assertEqual(cell, "-")
                    elif isinstance(value, str):
                        self.assertEqual(cell, value)
                    else:
                        self.assertEqual(float(cell), value)
        for key in ("power", "by_day"):
            chart = json.loads(self.browser.ask(
                f"document.querySelector('#chart-{key} script.chart').textContent"))
            for curve in chart["curves"]:
                self.assertEqual(curve["values"],
                                 [p[curve["key"]] for p in self.json["charts"][key]])

    def test_phone(self):
        self.browser.screen(360, 740, mobile=True)
        self.browser.open(self.page)
        self.assertLessEqual(self.browser.ask("document.documentElement.scrollWidth"), 360)
        # the wide table moves in its own place
        self.assertTrue(self.browser.ask(
            "(() => { const e = document.querySelector('#units .scroll');"
            " return e.scrollWidth > e.clientWidth; })()"))
        self.assertLessEqual(self.browser.ask("document.querySelector('.uplot').clientWidth"), 360)

    def test_turned(self):
        """A phone that is turned gets a chart of its new width."""
        self.browser.screen(360, 740, mobile=True)
        self.browser.open(self.page)
        before = self.browser.ask("document.querySelector('.uplot').clientWidth")
        self.browser.screen(740, 360, mobile=True)
        rmtest.until("the chart is wider", lambda: self.browser.ask(
            "document.querySelector('.uplot').clientWidth") > before)
        self.assertEqual(self.browser.ask("document.querySelectorAll('.uplot').length"), 2)

    def test_dark(self):
        self.browser.media(scheme="dark")
        self.browser.open(self.page)
        self.assertEqual(self.browser.ask("getComputedStyle(document.body).backgroundColor"),
                         "rgb(13, 17, 23)")
        self.assertGreater(self.ink(), 500)
        self.assertEqual(self.browser.complaints(), [])

    def test_paper(self):
        self.browser.open(self.page)
        printed = self.browser.call("Page.printToPDF")["data"]
        self.assertGreater(len(printed), 10000)
        self.browser.media("print", "dark")
        self.assertEqual(self.browser.ask("getComputedStyle(document.body).backgroundColor"),
                         "rgb(255, 255, 255)")
        self.assertEqual(self.browser.complaints(), [])

    def test_folded(self):
        """What is folded on a screen is open on paper, and folded again after that."""
        page = os.path.join(self.browser.profile, "folded.html")
        with open(self.page, encoding="utf-8") as f:
            html = f.read()
        with open(page, "w", encoding="utf-8") as f:
            f.write(html.replace("<dl>", "<details><summary>more</summary>words</details><dl>", 1))
        self.browser.open(page)
        opened = "document.querySelector('details').open"
        self.assertFalse(self.browser.ask(opened))
        self.assertTrue(self.browser.ask(f"dispatchEvent(new Event('beforeprint')), {opened}"))
        self.assertFalse(self.browser.ask(f"dispatchEvent(new Event('afterprint')), {opened}"))
        self.assertEqual(self.browser.complaints(), [])

    def test_without_javascript(self):
        self.browser.call("Emulation.setScriptExecutionDisabled", value=True)
        self.addCleanup(self.browser.call, "Emulation.setScriptExecutionDisabled", value=False)
        self.browser.open(self.page)
        tree = self.browser.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
        html = self.browser.call("DOM.getOuterHTML", nodeId=tree)["outerHTML"]
        for word in ("over budget: 14.20 kW", 'data-v="14200">14.20<', "JavaScript draws this"):
            self.assertIn(word, html)
        self.assertNotIn("<canvas", html)
        self.assertEqual(self.browser.complaints(), [])


if __name__ == "__main__":
    for needed, why in ((SAMPLE, "build the unit tests"), (browser.program(), "no Chromium")):
        if not needed or not os.access(needed, os.X_OK):
            print(f"SKIPPED: {why}")
            sys.exit(rmtest.SKIPPED)
    unittest.main(verbosity=2)
