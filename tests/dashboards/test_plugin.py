#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The emulation itself: that it finds what would go wrong in Grafana."""
import os
import sqlite3
import tempfile
import unittest

import checks
import plugin
from plugin import Broken

SPAN = (1000, 4600)


class Macros(unittest.TestCase):
    def test_front_end(self):
        text = plugin.interpolate("x = ${a:sqlstring} AND t IN (${b:sqlstring}) AND $__from < $__to",
                                  SPAN, {"a": ["it's"], "b": ["1", "2"]})
        self.assertEqual(text, "x = 'it''s' AND t IN ('1','2') AND 1000000 < 4600000")
        self.assertEqual(plugin.interpolate("$__interval_ms", SPAN, {}), "3000")

    def test_front_end_refuses(self):
        for text in ("${a}", "$a", "${a:csv}", "${none:sqlstring}"):
            with self.assertRaises(Broken, msg=text):
                plugin.interpolate(text, SPAN, {"a": ["1"]})

    def test_back_end(self):
        self.assertEqual(plugin.expand("$__unixEpochGroupSeconds(ts, 300), $__from", SPAN),
                         "cast((ts / 300) as int) * 300, 1000000")
        for text in ("$__timeFilter(ts)", "$__unixEpochGroupSeconds(ts)", "$__interval_ms",
                     "$__unixEpochGroupSeconds(ts, x)", "${a:sqlstring}"):
            with self.assertRaises(Broken, msg=text):
                plugin.expand(text, SPAN)


class OnDatabase(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "x.db")
        db = sqlite3.connect(self.path)
        db.executescript("""
            CREATE TABLE chunk (id INTEGER PRIMARY KEY, step INTEGER, v BLOB);
            CREATE TABLE other (id INTEGER PRIMARY KEY, name TEXT, share REAL);
            INSERT INTO chunk VALUES (1, 1, x''), (2, 2, x'');
            INSERT INTO other VALUES (1, 'a', 1), (2, 'b', 2.5);
            CREATE VIEW v_chunk AS SELECT id, step FROM chunk;
            CREATE VIEW v_other AS SELECT id, name, share FROM other;
        """)
        db.close()

    def tearDown(self):
        self.folder.cleanup()

    def answer(self, sql, times=(), kind="table", query_type="table"):
        """Kinds of the columns, problems."""
        result = plugin.run(self.path, 42, sql, list(times))
        target = {"timeColumns": list(times), "queryType": query_type}
        return [c.kind for c in result.columns], list(checks.answer(result, target, kind))

    def test_types(self):
        cut = "SELECT 1 AS x UNION ALL SELECT 1.43"
        self.assertEqual(self.answer("SELECT CAST(1 AS REAL) AS x UNION ALL SELECT 1.43"),
                         (["FLOAT"], []))
        kinds, problems = self.answer(cut)
        self.assertEqual(kinds, ["INTEGER"])
        self.assertIn("1.43 became 1", problems[0])
        self.assertEqual(self.answer("SELECT NULL AS x UNION ALL " + cut)[1], problems)
        self.assertEqual(self.answer("SELECT 1 AS x WHERE 0"), (["UNKNOWN"], []))
        self.assertEqual(self.answer("SELECT name, share, id FROM v_other"),
                         (["STRING", "FLOAT", "INTEGER"], []))
        self.assertIn("'b'", self.answer("SELECT 1 AS x UNION ALL SELECT 'b'")[1][0])

    def test_declared(self):
        result = plugin.run(self.path, 42, "SELECT name, name || '' AS made FROM v_other", [])
        self.assertEqual([c.declared for c in result.columns], ["TEXT", None])

    def test_series(self):
        def lines(sql):
            return self.answer(sql, ["time"], "timeseries", "time series")[1]

        self.assertEqual(lines("SELECT 1 AS time, 'a' AS metric, 1.5 AS value UNION ALL "
                               "SELECT 1, 'b', 1.5"), [])
        self.assertIn("not in order", lines("SELECT 2 AS time, 'a' AS metric, 1.5 AS value UNION ALL "
                                            "SELECT 1, 'a', 1.5")[0])
        self.assertIn("unique", lines("SELECT 1 AS time, 1.5 AS a UNION ALL SELECT 1, 1.5")[0])
        self.assertIn("without time", lines("SELECT 1 AS time, 1.5 AS a UNION ALL SELECT NULL, 1")[0])
        self.assertIn("one time column", lines("SELECT 1.5 AS a")[-1])
        self.assertEqual(self.answer("SELECT 1 AS time")[1], ["column time is not in timeColumns"])

    def test_now(self):
        result = plugin.run(self.path, 42, "SELECT unixepoch() AS x", [])
        self.assertEqual(result.columns[0].values, [42])

    def test_limits(self):
        forever = "WITH RECURSIVE t (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t) SELECT max(i) FROM t"
        with self.assertRaisesRegex(Broken, "VM steps"):
            plugin.run(self.path, 42, forever, [], steps_max=100000)
        many = ("WITH RECURSIVE t (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM t LIMIT "
                f"{checks.ROWS_MAX + 5}) SELECT i FROM t")
        result = plugin.run(self.path, 42, many, [], rows_max=checks.ROWS_MAX)
        self.assertIn("rows", list(checks.answer(result, {}, "table"))[0])
        with self.assertRaises(Broken):
            plugin.run(self.path, 42, "DELETE FROM other", [])

    def test_public(self):
        empty = checks.public(self.path)
        self.assertEqual(list(checks.only_public(empty, "WITH c AS (SELECT id FROM v_chunk) "
                                                        "SELECT * FROM c JOIN v_other USING (id)")), [])
        for sql in ("SELECT * FROM other", "SELECT * FROM sqlite_schema", "DELETE FROM v_other",
                    "SELECT * FROM v_other WHERE id IN (SELECT id FROM chunk)",
                    "SELECT * FROM pragma_database_list"):
            self.assertEqual(len(list(checks.only_public(empty, sql))), 1, sql)

    def test_plan(self):
        for sql in ("SELECT max(id) FROM chunk", "SELECT * FROM chunk WHERE id = 1",
                    "SELECT * FROM other"):
            self.assertEqual(list(checks.plan(self.path, 42, sql)), [], sql)
        self.assertEqual(list(checks.plan(self.path, 42, "SELECT max(step) FROM v_chunk")),
                         ["scans all of chunk"])
        found = list(checks.plan(self.path, 42, "SELECT * FROM other a JOIN other b USING (name)"))
        self.assertIn("index of its own", found[0])


class Lint(unittest.TestCase):
    def good(self):
        source = {"uid": "${datasource}"}
        target = {"datasource": source, "refId": "A", "queryType": "table", "queryText": "SELECT 1",
                  "rawQueryText": "SELECT 1", "timeColumns": []}
        return {
            "uid": "rackmeter-x", "title": "x", "description": "x", "tags": ["x"], "schemaVersion": 39,
            "refresh": "1m", "links": [{"keepTime": True, "includeVars": True}],
            "templating": {"list": [{"name": "datasource", "type": "datasource", "label": "Data source",
                                     "query": "frser-sqlite-datasource"}]},
            "panels": [{"id": 1, "type": "timeseries", "title": "a", "datasource": source,
                        "description": "what it is and rests on", "gridPos": {"x": 0, "w": 24},
                        "fieldConfig": {"defaults": {"unit": "watt", "custom": {"spanNulls": False}}},
                        "targets": [target]}]}

    def test_good(self):
        self.assertEqual(list(checks.lint(self.good(), "rackmeter-x")), [])

    def test_bad(self):
        def panel(change):
            def apply(dashboard):
                change(dashboard["panels"][0])
            return apply

        changes = {
            "uid": lambda d: d.update(uid="y"),
            "refresh": lambda d: d.update(refresh="10s"),
            "id": lambda d: d.update(id=3),
            "loses": lambda d: d["links"][0].update(keepTime=False),
            "first variable": lambda d: d["templating"].update(list=[]),
            "used nowhere": lambda d: d["templating"]["list"].append(
                {"name": "z", "type": "custom", "label": "Z"}),
            "read again": lambda d: d["templating"]["list"].append(
                {"name": "z", "type": "query", "label": "Z", "refresh": 1}),
            "no title": panel(lambda p: p.pop("title")),
            "no description": panel(lambda p: p.update(description="")),
            "no unit": panel(lambda p: p["fieldConfig"]["defaults"].pop("unit")),
            "joins its gaps": panel(lambda p: p["fieldConfig"]["defaults"]["custom"].update(
                spanNulls=True)),
            "not ${datasource}": panel(lambda p: p.update(datasource={"uid": "abc"})),
            "no targets": panel(lambda p: p.update(targets=[])),
            "differ": panel(lambda p: p["targets"][0].update(rawQueryText="SELECT 2")),
            "asks the clock": panel(lambda p: p["targets"][0].update(
                rawQueryText="SELECT date('now')", queryText="SELECT date('now')")),
            "more than 25": panel(lambda p: p.update(targets=p["targets"] * 26)),
        }
        for text, change in changes.items():
            dashboard = self.good()
            change(dashboard)
            problems = list(checks.lint(dashboard, "rackmeter-x"))
            self.assertTrue(any(text in p for p in problems), f"{text}: {problems}")

    def test_links(self):
        def problems(url):
            return list(checks.lint_links('"url": "' + url + '"', {"rackmeter-rack": {"rack"}}))

        self.assertEqual(problems("/d/rackmeter-rack?${__url_time_range}&var-rack=R1"), [])
        self.assertIn("no dashboard", problems("/d/rackmeter-rck?var-rack=R1")[0])
        self.assertIn("does not have", problems("/d/rackmeter-rack?var-hall=H1")[0])

    def test_fields(self):
        panel = {"options": "${__data.fields.rack}", "fieldConfig": {"overrides": [
            {"matcher": {"id": "byName", "options": "hall"}}]}}
        self.assertEqual(list(checks.lint_fields(panel, {"rack", "hall"})), [])
        self.assertEqual(len(list(checks.lint_fields(panel, {"x"}))), 2)

    def test_rule(self):
        rule = {"annotations": {"summary": "{{ $labels.rack }}", "description": "x"},
                "labels": {"severity": "{{ if $$values.A }}a{{ end }}"}}
        self.assertEqual(list(checks.lint_rule(rule, {"rack"})), [])
        self.assertIn("no such column", list(checks.lint_rule(rule, {"hall"}))[0])
        rule["labels"]["severity"] = "{{ $values.A }}"
        self.assertIn("single $", list(checks.lint_rule(rule, {"rack"}))[0])
        self.assertEqual(len(list(checks.lint_rule({}, set()))), 3)

    def test_provisioning(self):
        good = ('uid: rackmeter\ntype: frser-sqlite-datasource\n# Never immutable=1\n'
                'pathPrefix: "file:"\n"mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(5000)"')
        self.assertEqual(list(checks.provisioning(good)), [])
        self.assertEqual(len(list(checks.provisioning(good + "\nx: immutable=1"))), 1)
        self.assertEqual(len(list(checks.provisioning(good.replace("mode=ro", "mode=rw")))), 1)


if __name__ == "__main__":
    unittest.main()
