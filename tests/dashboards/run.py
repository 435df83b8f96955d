#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every query of the dashboards and alert rules that were built, as Grafana and the plugin do,
on a fixture, and checks what README.md beside this file lists. Exit 1: something is wrong.

    run.py BUILD small|large [--db FILE] [--only rackmeter-site] [--time N] [--top N]

--time N: runs each query N times, the least CPU time counts, and prints a table."""
import argparse
import collections
import json
import pathlib
import sqlite3
import statistics
import sys

import checks
import fixture
import plugin
from plugin import Broken

RANGES = {"15 min": 900, "6 h": 21600, "2 d": 172800, "30 d": 2592000, "2 y": 730 * 86400}
INTERESTING = {"R0007"}  # over its budget, and cannot lose a feed
EMPTY = (1262304000, 1262307600)  # an hour of 2010, which no fixture has

Query = collections.namedtuple("Query", "dashboard title kind target sql span range")
Timing = collections.namedtuple("Timing", "query ms steps rows")


def newest(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return db.execute("SELECT last_ts FROM daemon").fetchone()[0]
    finally:
        db.close()


def variables_of(path):
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    return {variable["name"] for variable in dashboard["templating"]["list"]}


class Run:
    def __init__(self, path, times, now=None):
        self.path, self.times = path, times
        self.now = now or newest(path)
        self.public = checks.public(path)
        self.problems, self.timings = [], []
        self.done = {}
        self.found = {}  # target -> whether it ever had a row
        self.columns = collections.defaultdict(set)  # of a panel
        self.planned = set()
        self.n_queries = 0

    def problem(self, dashboard, title, text):
        line = f"{dashboard}: {title}: {text}"
        if line not in self.problems:
            self.problems.append(line)

    # ---- one query ----

    def ask(self, query, count=True):
        """The answer, checked once per text; None: it is broken."""
        key = (query.sql, tuple(query.target.get("timeColumns", [])), query.kind)
        if key in self.done:
            return self.done[key]
        self.done[key] = None
        self.n_queries += 1
        result = None
        try:
            for _ in range(max(self.times, 1)):
                again = plugin.run(self.path, self.now, query.sql,
                                   query.target.get("timeColumns", []), checks.STEPS_MAX,
                                   checks.ROWS_MAX)
                if result is None or again.seconds < result.seconds:
                    result = again
        except Broken as broken:
            self.problem(query.dashboard, query.title, f"{query.range}: {broken}")
            return None
        for text in checks.answer(result, query.target, query.kind):
            self.problem(query.dashboard, query.title, f"{query.range}: {text}")
        if count:
            self.timings.append(Timing(query, result.seconds * 1000, result.steps, result.rows))
        self.done[key] = result
        return result

    def plan(self, query):
        text = query.target["queryText"]
        if text in self.planned:
            return
        self.planned.add(text)
        for problem in checks.only_public(self.public, query.sql):
            self.problem(query.dashboard, query.title, problem)
        try:
            for problem in checks.plan(self.path, self.now, query.sql):
                self.problem(query.dashboard, query.title, problem)
        except sqlite3.Error:
            pass  # ask() tells it

    def target(self, dashboard, title, kind, target, variables, ranges):
        for name, span in ranges.items():
            try:
                text = plugin.interpolate(target["rawQueryText"], span, variables)
                query = Query(dashboard, title, kind, target, plugin.expand(text, span), span, name)
            except Broken as broken:
                self.problem(dashboard, title, str(broken))
                return
            self.plan(query)
            result = self.ask(query)
            if result is not None:
                self.columns[dashboard, title] |= {c.name for c in result.columns}
            where = (dashboard, title, target.get("refId"))
            self.found[where] = self.found.get(where, False) or result is None or result.rows > 0

    def nothing_found(self):
        """A query that never had a row was not really tested."""
        for (dashboard, title, ref), found in self.found.items():
            if not found:
                self.problem(dashboard, title, f"{ref}: finds nothing on the fixture, in no range")

    # ---- a dashboard ----

    def spans(self):
        return {name: (self.now - seconds, self.now) for name, seconds in RANGES.items()}

    def options(self, dashboard, variable, chosen):
        """What a variable can be, in order."""
        if variable["type"] == "textbox":
            return [variable.get("query", "")]
        if variable["type"] != "query":
            return [option["value"] for option in variable.get("options", [])]
        title, span = f"variable {variable['name']}", self.spans()["6 h"]
        try:
            sql = plugin.expand(plugin.interpolate(variable["query"], span, chosen), span)
        except Broken as broken:
            self.problem(dashboard, title, str(broken))
            return []
        query = Query(dashboard, title, "variable", {"timeColumns": [], "queryText": sql}, sql, span,
                      "6 h")
        self.plan(query)
        result = self.ask(query)
        if result is None:
            return []
        if len(result.columns) != 1:
            self.problem(dashboard, title, "the plugin wants exactly one column")
            return []
        if not result.rows:
            self.problem(dashboard, title, "finds nothing on the fixture")
        return [str(value) for value in result.columns[0].values]

    def variables(self, dashboard, variables, pick):
        """name -> values; pick: of several all, or the first (0), else one that is interesting, or by
        its share of the list."""
        chosen = {}
        for variable in variables:
            if variable["type"] == "datasource":
                continue
            every = self.options(dashboard, variable, chosen)
            if pick == 0 and variable.get("includeAll") and every:
                chosen[variable["name"]] = every
            elif 0 < pick < 0.9 and INTERESTING.intersection(every):
                chosen[variable["name"]] = sorted(INTERESTING.intersection(every))
            elif every:
                chosen[variable["name"]] = [every[min(int(pick * len(every)), len(every) - 1)]]
            else:
                chosen[variable["name"]] = [""]
        return chosen

    def dashboard(self, path, all_variables):
        text = path.read_text(encoding="utf-8")
        dashboard, name = json.loads(text), path.stem
        for problem in [*checks.lint(dashboard, name), *checks.lint_links(text, all_variables)]:
            self.problems.append(f"{name}: {problem}")
        variables = dashboard["templating"]["list"]
        spans = self.spans()
        rounds = [(0, {**spans, "nothing": EMPTY})]
        if len(variables) > 1:  # other choices
            rounds += [(0.68, {"6 h": spans["6 h"]}), (0.999, {"30 d": spans["30 d"]})]
        for pick, ranges in rounds:
            chosen = self.variables(name, variables, pick)
            for panel in checks.panels(dashboard):
                for target in panel.get("targets", []):
                    self.target(name, panel["title"], panel["type"], target, chosen, ranges)
            for note in dashboard.get("annotations", {}).get("list", []):
                if "target" in note and "rawQueryText" in note["target"]:
                    self.target(name, f"annotation {note['name']}", "annotation", note["target"],
                                chosen, ranges)
        for panel in checks.panels(dashboard):
            if panel.get("targets"):
                for problem in checks.lint_fields(panel, self.columns[name, panel["title"]]):
                    self.problem(name, panel["title"], problem)

    def alerts(self, path, all_variables):
        lines = [line for line in path.read_text(encoding="utf-8").split("\n")
                 if not line.startswith("#")]
        for problem in checks.lint_links("\n".join(lines), all_variables):
            self.problems.append(f"alerts: {problem}")
        for group in json.loads("\n".join(lines))["groups"]:
            for rule in group["rules"]:
                self.alert(rule)

    def alert(self, rule):
        title = f"alert {rule['title']}"
        if not rule.get("for") or rule.get("noDataState") not in ("OK", "NoData", "Alerting"):
            self.problem("alerts", title, "has no `for` or no known noDataState")
        for data in rule["data"]:
            if data["datasourceUid"] == "__expr__":
                continue
            model, window = data["model"], data["relativeTimeRange"]
            span = (self.now - window["from"], self.now - window["to"])
            for problem in checks.lint_target(model):
                self.problem("alerts", title, problem)
            try:  # no front end here: no variables, no $__interval_ms
                sql = plugin.expand(model["queryText"], span)
            except Broken as broken:
                self.problem("alerts", title, str(broken))
                continue
            query = Query("alerts", title, "alert", model, sql, span, "now")
            self.plan(query)
            result = self.ask(query)
            if result is None:
                continue
            for problem in checks.lint_rule(rule, {c.name for c in result.columns}):
                self.problem("alerts", title, problem)
            if result.rows:
                self.alert_frame(title, result)

    def alert_frame(self, title, result):
        """What Grafana's alerting takes: one number, all else labels, which are declared TEXT so
        that they stay texts without rows."""
        numbers = [c for c in result.columns if c.kind in ("FLOAT", "INTEGER")]
        labels = [c for c in result.columns if c.kind == "STRING"]
        if len(numbers) != 1 or len(numbers) + len(labels) < len(result.columns):
            self.problem("alerts", title, "wants one column of numbers and else labels")
        for column in labels:
            if column.declared != "TEXT":
                self.problem("alerts", title, f"label {column.name} is not declared TEXT")
        rows = list(zip(*(c.values for c in labels))) or [()] * result.rows
        if len(set(rows)) < len(rows):
            self.problem("alerts", title, "two rows have the same labels")


def show(timings, path, wanted_median, wanted_worst):
    print("| dashboard | queries | median ms | worst ms | its VM steps | where |")
    print("|---|---|---|---|---|---|")
    by = collections.defaultdict(list)
    for timing in timings:
        by[timing.query.dashboard].append(timing)
        by["all"].append(timing)
    for name in sorted(by, key=lambda n: (n == "all", n)):
        worst = max(by[name], key=lambda t: t.ms)
        print(f"| {name} | {len(by[name])} | {statistics.median(t.ms for t in by[name]):.1f} | "
              f"{worst.ms:.0f} | {worst.steps:,} | {worst.query.title}, {worst.query.range} |")
    slow = sorted((t for t in timings if t.ms > wanted_worst), key=lambda t: -t.ms)
    for t in slow:
        print(f"above {wanted_worst} ms: {t.query.dashboard}: {t.query.title}, {t.query.range}: "
              f"{t.ms:.0f} ms, {t.steps:,} VM steps, {t.rows} rows")
    median = statistics.median(t.ms for t in timings)
    print(f"{path.name}: median {median:.1f} ms (wanted {wanted_median}), "
          f"{len(slow)} of {len(timings)} above {wanted_worst} ms")


def main():
    options = argparse.ArgumentParser(description="run what the dashboards ask")
    options.add_argument("build", type=pathlib.Path, help="where it was built: build/dev")
    options.add_argument("size", choices=sorted(fixture.SIZES), help="of the fixture")
    options.add_argument("--db", type=pathlib.Path, help="another file instead of the fixture")
    options.add_argument("--only", help="one dashboard, or alerts")
    options.add_argument("--time", type=int, default=0, metavar="N")
    options.add_argument("--top", type=int, default=0, metavar="N", help="prints the N slowest")
    a = options.parse_args()
    a.dashboards = a.build / "dashboards/grafana"
    a.db = a.db or fixture.make(a.build, a.size)
    run = Run(a.db, a.time)
    paths = sorted(a.dashboards.glob("rackmeter-*.json"))
    variables = {path.stem: variables_of(path) for path in paths}
    for path in paths:
        if a.only in (None, path.stem):
            run.dashboard(path, variables)
    alerts = a.dashboards / "provisioning" / "alerting" / "rackmeter.yaml"
    if a.only in (None, "alerts") and alerts.exists():
        run.alerts(alerts, variables)
    source = a.dashboards / "provisioning/datasources/rackmeter.yaml"
    for problem in checks.provisioning(source.read_text(encoding="utf-8")):
        run.problems.append(f"provisioning: {problem}")
    run.nothing_found()
    if not run.n_queries:
        sys.exit(f"{a.dashboards} has no dashboards: build the target grafana")
    for line in run.problems:
        print(line)
    if a.time:
        show(run.timings, a.db, 30, 200)
    for t in sorted(run.timings, key=lambda t: -t.steps)[:a.top]:
        print(f"{t.ms:8.1f} ms {t.steps:12,} steps {t.rows:6} rows  {t.query.dashboard}: "
              f"{t.query.title}, {t.query.range}")
    print(f"{len(paths)} dashboards, {run.n_queries} queries, {len(run.problems)} problems")
    return 1 if run.problems else 0


if __name__ == "__main__":
    sys.exit(main())
