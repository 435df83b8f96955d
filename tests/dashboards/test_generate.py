#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""generate.py: what it makes is the same each time, and whatever does not fit is refused by file and
panel. Each case changes one thing in a copy of the sources."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ.get("RACKMETER_SOURCE", "."))
sys.path.insert(0, str(SOURCE / "dashboards" / "grafana"))
import generate  # noqa: E402  (its place is known only now)

QUERY = """-- SPDX-License-Identifier: Apache-2.0
-- One row.
SELECT CAST(power_w AS REAL) AS power_w FROM v_rack_now WHERE rack = ${rack:sqlstring}
"""
PANEL = {"kind": "stat", "title": "Power", "description": "What it is.", "w": 6, "h": 4,
         "unit": "watt", "sql": "one/power"}
VARIABLE = {"name": "rack", "label": "Rack", "description": "Which.", "sql": "variables/rack"}
RACKS = """-- SPDX-License-Identifier: Apache-2.0
-- The racks.
SELECT name || '' AS rack FROM v_rack ORDER BY 1
"""
RULE = {"uid": "over", "title": "Over", "sql": "alerts/over", "value": "alarm", "above": 1,
        "for": "5m", "no_data": "OK", "severity": "critical", "summary": "s", "description": "d",
        "dashboard": "one", "vars": {"rack": "rack"}}
OVER = """-- SPDX-License-Identifier: Apache-2.0
-- What is over.
SELECT rack, alarm FROM alert_over_budget
"""


class Generate(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        top = pathlib.Path(self.folder.name)
        self.grafana, self.schema, self.out = top / "grafana", top / "schema", top / "out"
        self.grafana.mkdir()
        generate.HERE = self.grafana
        (self.grafana / "annotations.json").write_text("[]", encoding="utf-8")
        for name in ("migrations", "views"):
            shutil.copytree(SOURCE / "schema" / name, self.schema / name)
        self.sql("one/power", QUERY)
        self.sql("variables/rack", RACKS)
        self.sql("alerts/over", OVER)
        self.dashboard()
        self.alerts(RULE)

    def tearDown(self):
        self.folder.cleanup()

    def sql(self, name, text):
        path = self.schema / "dashboards" / f"{name}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def dashboard(self, panel=None, variables=(VARIABLE,), **more):
        source = {"title": "One", "description": "One rack.", "variables": list(variables),
                  "rows": [{"title": "Now", "panels": [panel or PANEL]}], **more}
        (self.grafana / "rackmeter-one.json").write_text(json.dumps(source), encoding="utf-8")

    def alerts(self, rule):
        (self.grafana / "alerts.json").write_text(json.dumps(
            {"folder": "rackmeter", "groups": [{"name": "g", "every": "1m", "rules": [rule]}]}),
            encoding="utf-8")

    def refused(self, *words):
        with self.assertRaises(generate.Refused) as caught:
            generate.make(self.schema, self.out)
        for word in words:
            self.assertIn(word, str(caught.exception))

    def panel(self, **changes):
        return {k: v for k, v in {**PANEL, **changes}.items() if v is not None}

    def test_made(self):
        generate.make(self.schema, self.out)
        path = self.out / "rackmeter-one.json"
        made = json.loads(path.read_text(encoding="utf-8"))
        panel = made["panels"][1]
        self.assertEqual((made["uid"], made["refresh"], made["schemaVersion"]),
                         ("rackmeter-one", "1m", 39))
        self.assertEqual(panel["gridPos"], {"x": 0, "y": 1, "w": 6, "h": 4})
        asked = panel["targets"][0]
        self.assertEqual(asked["queryText"], asked["rawQueryText"])
        self.assertTrue(asked["queryText"].startswith("-- schema/dashboards/one/power.sql\nSELECT"))
        self.assertEqual(asked["datasource"]["uid"], "${datasource}")
        rules = (self.out / "provisioning/alerting/rackmeter.yaml").read_text(encoding="utf-8")
        rule = json.loads("".join(rules.split("\n", 2)[2]))["groups"][0]["rules"][0]
        self.assertEqual((rule["for"], rule["labels"]["severity"]), ("5m", "critical"))
        self.assertEqual(rule["annotations"]["dashboard"],
                         "/d/rackmeter-one?var-rack={{ $labels.rack }}")
        # Grafana reads $NAME of labels from its environment, and of annotations not
        self.alerts({**RULE, "severity": "{{ $values.A }}", "summary": "{{ $values.A }}"})
        generate.make(self.schema, self.out)
        rules = (self.out / "provisioning/alerting/rackmeter.yaml").read_text(encoding="utf-8")
        rule = json.loads("".join(rules.split("\n", 2)[2]))["groups"][0]["rules"][0]
        self.assertEqual(rule["labels"]["severity"], "{{ $$values.A }}")
        self.assertEqual(rule["annotations"]["summary"], "{{ $values.A }}")
        before = path.stat().st_mtime_ns, path.read_bytes()
        generate.make(self.schema, self.out)
        self.assertEqual((path.stat().st_mtime_ns, path.read_bytes()), before)

    def test_panels_that_do_not_fit(self):
        where = "rackmeter-one.json, panel Power"
        for changes, words in (
                ({"widht": 3}, ['"widht"']),
                ({"unit": None}, ['"unit"']),
                ({"unit": "Watt"}, ['"Watt"']),
                ({"description": None}, ['"description"']),
                ({"kind": "pie"}, ['"pie"']),
                ({"w": 25}, ["24"]),
                ({"sql": "one/energy"}, ["schema/dashboards/one/energy.sql"]),
                ({"columns": {"power": {}}}, ["power_w"]),
                ({"kind": "table"}, ["power_w", "unit"]),
                ({"kind": "timeseries"}, ['"time"']),
                ({"thresholds": [[1, "red"]]}, ["null"]),
                ({"thresholds": [[None, "pink"]]}, ["pink"]),
                ({"link": {"dashboard": "nowhere"}}, ["nowhere"]),
                ({"link": {"dashboard": "one", "vars": {"rack": "name"}}}, ['"name"'])):
            with self.subTest(changes=changes):
                self.dashboard(self.panel(**changes))
                self.refused(where, *words)

    def test_queries_that_do_not_fit(self):
        here = "schema/dashboards/one/power.sql"
        for old, new, words in (
                ("v_rack_now", "v_rack_then", [here, "v_rack_then"]),
                ("v_rack_now", "rack", [here, "rack", "v_*"]),
                ("power_w AS REAL", "powr AS REAL", [here, "powr"]),
                ("${rack:sqlstring}", "${rack}", [here, "${rack}"]),
                ("${rack:sqlstring}", "$__timeFilter(ts)", [here, "$__timeFilter"]),
                ("${rack:sqlstring}", "${row:sqlstring}", ["panel Power", "row"]),
                ("-- One row.\n", "", [here, "comment"]),
                ("AS power_w", "AS power_w, 1 AS power_w", [here, "same name"])):
            with self.subTest(new=new):
                self.sql("one/power", QUERY.replace(old, new))
                self.refused(*words)

    def test_one_query_with_different_words(self):
        where = "rackmeter-one.json, panel Power"
        self.sql("one/power", QUERY.replace("power_w", "{what}"))
        for values, words in (
                (None, ['"what" is missing']),
                ({"what": "power_w", "who": "x"}, ['no {who} for "who"']),
                ({"what": "powr"}, ["schema/dashboards/one/power.sql", "powr"]),
                ({"what": "power_w) FROM v_rack_now --"}, ['"what" is a word']),
                ({"what": 1}, ['"what" is a word'])):
            with self.subTest(values=values):
                self.dashboard(self.panel(values=values))
                self.refused(*([where] if "powr" not in words else []), *words)
        panels = [self.panel(title=what, values={"what": what}, columns={what: {"title": "It"}})
                  for what in ("power_w", "budget_w")]
        self.dashboard(rows=[{"title": "Now", "panels": panels}])
        generate.make(self.schema, self.out)
        made = json.loads((self.out / "rackmeter-one.json").read_text(encoding="utf-8"))
        for panel, what in zip(made["panels"][1:], ("power_w", "budget_w")):
            self.assertIn(f"CAST({what} AS REAL) AS {what} FROM", panel["targets"][0]["queryText"])

    def test_a_view_that_changed(self):
        view = self.schema / "views" / "v_rack_now.sql"
        text = view.read_text(encoding="utf-8")
        view.write_text(text.replace("AS power_w,\n", "AS watts,\n", 1), encoding="utf-8")
        self.refused("schema/dashboards/one/power.sql", "power_w")

    def test_leftovers(self):
        self.sql("one/energy", QUERY)
        self.refused("schema/dashboards/one/energy.sql", "uses it")

    def test_variables(self):
        for variable, words in (
                ({**VARIABLE, "text": ""}, ["variable rack", '"sql"']),
                ({**VARIABLE, "name": "Rack"}, ["variable Rack"]),
                ({**VARIABLE, "description": ""}, ['"description"'])):
            with self.subTest(variable=variable):
                self.dashboard(variables=[variable])
                self.refused(*words)
        self.dashboard(variables=[VARIABLE, VARIABLE])
        self.refused("variable rack", "once")

    def test_rules(self):
        for changes, words in (({"value": "watts"}, ["watts"]), ({"above": None}, ['"above"']),
                               ({"no_data": "ok"}, ["no_data"]), ({"summary": ""}, ["summary"]),
                               ({"vars": {"rack": "name"}}, ['"name"'])):
            with self.subTest(changes=changes):
                self.alerts({**RULE, **changes})
                self.refused("alerts.json, rule Over", *words)

    def test_as_a_program(self):
        where = SOURCE / "dashboards" / "grafana" / "generate.py"
        done = subprocess.run([sys.executable, "-B", str(where), "--schema", str(self.schema),
                               "--output", str(self.out)], text=True, capture_output=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"\Agenerate.py: [^\n]+\.sql for [^\n]+\n\Z")

    def test_json(self):
        path = self.grafana / "rackmeter-one.json"
        path.write_text('{"title": 1,\n "title": 2}', encoding="utf-8")
        self.refused("rackmeter-one.json", "twice")
        path.write_text('{"title": 1,\n}', encoding="utf-8")
        self.refused("rackmeter-one.json:2:")


if __name__ == "__main__":
    unittest.main()
