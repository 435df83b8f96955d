# SPDX-License-Identifier: Apache-2.0
"""What holds for each query of a dashboard, and for a dashboard itself. The rules of the second kind
follow grafana/dashboard-linter, as far as they are not about Prometheus or Loki."""
import re
import sqlite3

import plugin
from plugin import Broken

PUBLIC = re.compile(r"(v|alert)_\w+$")
SAMPLES = {"hot", "hot_5m", "chunk", "chunk_dense", "rollup_5m", "rollup_1h", "rollup_1d", "state_1h"}
ROWS_MAX = 20000
STEPS_MAX = 6_000_000  # 150 to 200 ms; the most expensive query takes 3.6 million
QUERIES_MAX = 25
MAY_BE_HIDDEN = 2
NO_UNIT_NEEDED = {"row", "text", "table", "news", "dashlist", "alertlist", "logs"}


def public(path):
    """An empty database with the columns of the public views and nothing else."""
    db, empty = sqlite3.connect(f"file:{path}?mode=ro", uri=True), sqlite3.connect(":memory:")
    names = [name for (name,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'view'")
             if PUBLIC.match(name)]
    for name in names:
        columns = db.execute(f"PRAGMA table_info({name})").fetchall()
        empty.execute(f"CREATE TABLE {name} ({', '.join(chr(34) + c[1] + chr(34) for c in columns)})")
    db.close()
    allowed = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, 33}  # recursive
    empty.set_authorizer(lambda action, first, *_: sqlite3.SQLITE_OK if action in allowed
                         and not str(first).startswith(("sqlite_", "pragma_")) else sqlite3.SQLITE_DENY)
    return empty


def only_public(empty, sql):
    """Problems of what the query names."""
    try:
        empty.execute(sql)
    except (sqlite3.Error, sqlite3.Warning) as error:
        yield f"does not do with the public views alone: {error}"


def roots(path):
    """Page where a table or an index begins -> the table."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return {page: table for page, table in db.execute(
            "SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0")}
    finally:
        db.close()


def plan(path, now, sql):
    """Problems of how SQLite would do it."""
    root = roots(path)
    db = plugin.connect(path, now)
    try:
        for row in db.execute("EXPLAIN QUERY PLAN " + sql):
            if "AUTOMATIC" in row[3]:
                yield f"needs an index of its own: {row[3]}"
        for table in sorted(scanned(db.execute("EXPLAIN " + sql).fetchall(), root)):
            yield f"scans all of {table}"
    finally:
        db.close()


def scanned(code, root):
    """Tables of samples that a loop goes through from one end to the other. A loop that is left
    after its first row (min and max of a key) is none."""
    opened, began, out = {}, {}, set()
    for address, opcode, p1, p2, p3, *_ in code:
        if opcode == "OpenRead" and p3 == 0:
            opened[p1] = root.get(p2)
        elif opcode in ("Rewind", "Last") and opened.get(p1) in SAMPLES:
            began[p1] = (address, p2)
        elif opcode in ("Next", "Prev") and p1 in began and p2 == began[p1][0] + 1:
            before = code[address - 1]
            if not (before[1] == "Goto" and before[3] == began[p1][1]):
                out.add(opened[p1])
    return out


def answer(result, target, kind):
    """Problems of what came."""
    for column in result.columns:
        if column.broken:
            yield f"column {column.name}: {column.broken}"
        if column.name in ("time", "timeEnd") and column.kind != "TIME":
            yield f"column {column.name} is not in timeColumns"
    names = [c.name for c in result.columns]
    for name in target.get("timeColumns", []):
        if name not in names and kind not in ("annotation",):
            yield f"timeColumns names {name}, which the query does not have"
    if len(set(names)) < len(names):
        yield "two columns have the same name"
    if result.rows > ROWS_MAX:
        yield f"more than {ROWS_MAX:,} rows"
    if kind not in ("timeseries", "state-timeline") and target.get("queryType") != "time series":
        return
    try:
        lines = plugin.series(result.columns)
    except Broken as broken:
        yield str(broken)
        return
    for name, points in lines.items():
        times = [t for t, _ in points]
        if any(a >= b for a, b in zip(times, times[1:])):
            at = next(a for a, b in zip(times, times[1:]) if a >= b)
            yield f"line {' '.join(filter(None, name))}: times are not in order and unique at {at}"
            return


# ---- of a dashboard ------------------------------------------------------------------------------

def panels(dashboard):
    for panel in dashboard.get("panels", []):
        yield panel
        yield from panel.get("panels", [])


def lint(dashboard, name):
    """Problems of the JSON itself."""
    for key in ("uid", "title", "description", "tags", "schemaVersion"):
        if not dashboard.get(key):
            yield f"has no {key}"
    if dashboard.get("uid") != name:
        yield f"uid is not {name}: links and files would part"
    if dashboard.get("id") is not None:
        yield "has an id: Grafana gives it"
    if dashboard.get("refresh") != "1m":
        yield "refresh is not 1m"
    variables = dashboard.get("templating", {}).get("list", [])
    yield from lint_variables(variables)
    names = {v.get("name") for v in variables}
    seen, used, queries = set(), set(), 0
    for panel in panels(dashboard):
        title = panel.get("title") or f"panel {panel.get('id')}"
        if panel.get("id") in seen:
            yield f"{title}: its id is another panel's too"
        seen.add(panel.get("id"))
        queries += len(panel.get("targets", []))
        for problem in lint_panel(panel, names):
            yield f"{title}: {problem}"
        used |= set(re.findall(r"\$\{(\w+)", str(panel)))
    if queries > QUERIES_MAX:
        yield f"{queries} queries, more than {QUERIES_MAX}"
    for link in dashboard.get("links", []):
        if not (link.get("keepTime") and link.get("includeVars")):
            yield "a link of the dashboard loses time or variables"
    used |= set(re.findall(r"\$\{(\w+)", str([v.get("query") for v in variables]) +
                           str(dashboard.get("annotations"))))
    for variable in sorted(names - used - {None}):
        yield f"variable {variable} is used nowhere"


def lint_variables(variables):
    if not variables or variables[0].get("type") != "datasource":
        yield "the first variable is not the data source (template-datasource-rule)"
        return
    source = variables[0]
    if source.get("name") != "datasource" or source.get("query") != "frser-sqlite-datasource" \
            or not source.get("label"):
        yield "the data source's variable is not a named `datasource` of frser-sqlite-datasource"
    for variable in variables[1:]:
        if not variable.get("label") and variable.get("hide") != MAY_BE_HIDDEN:
            yield f"variable {variable.get('name')} has no label"
        if variable.get("type") == "query" and variable.get("refresh") != 2:
            yield (f"variable {variable['name']} is not read again when the time changes "
                   "(template-on-time-change-reload-rule)")


def lint_panel(panel, names):
    kind = panel.get("type")
    if not panel.get("title"):
        yield "has no title"
    if kind != "row" and kind != "text" and len(panel.get("description", "")) < 20:
        yield "has no description (panel-title-description-rule)"
    place = panel.get("gridPos", {})
    if place.get("x", 0) + place.get("w", 0) > 24:
        yield "stands out of the grid of 24"
    if kind in ("row", "text"):
        return
    if not panel.get("targets"):
        yield "has no targets (panel-no-targets-rule)"
    defaults = panel.get("fieldConfig", {}).get("defaults", {})
    if kind not in NO_UNIT_NEEDED and not defaults.get("unit") and not any(
            p.get("id") == "unit" for o in panel.get("fieldConfig", {}).get("overrides", [])
            for p in o.get("properties", [])):
        yield "has no unit (panel-units-rule)"
    if kind == "timeseries" and defaults.get("custom", {}).get("spanNulls") is not False:
        yield "joins its gaps (spanNulls)"
    if panel.get("repeat") and panel["repeat"] not in names:
        yield f"repeats over {panel['repeat']}, which is no variable"
    for where in [panel] + panel.get("targets", []):
        if where.get("datasource", {}).get("uid") != "${datasource}":
            yield "its data source is not ${datasource} (panel-datasource-rule)"
    for target in panel.get("targets", []):
        yield from lint_target(target)


def lint_target(target):
    if target.get("queryText") != target.get("rawQueryText"):
        yield f"{target.get('refId')}: queryText and rawQueryText differ"
    if target.get("queryType") not in ("table", "time series"):
        yield f"{target.get('refId')}: queryType is {target.get('queryType')!r}"
    if "timeColumns" not in target:
        yield f"{target.get('refId')}: no timeColumns"
    if re.search(r"'now'|CURRENT_TIME|localtime|strftime\('%s'\)", target.get("queryText", "")):
        yield f"{target.get('refId')}: asks the clock by another name than unixepoch()"


def lint_links(text, variables):
    """Problems of links within some JSON; variables: name of each dashboard -> those it has."""
    for name, query in set(re.findall(r"/d/([\w-]+)\??([^\"\s]*)", text)):
        if name not in variables:
            yield f"a link leads to {name}, which is no dashboard"
            continue
        for variable in re.findall(r"var-(\w+)=", query):
            if variable not in variables[name]:
                yield f"a link gives {name} the variable {variable}, which it does not have"


def lint_fields(panel, columns):
    """Problems of what links and names of a panel take from its rows."""
    for field in sorted(set(re.findall(r"\$\{__data\.fields\.(\w+)\}", str(panel)))):
        if field not in columns:
            yield f"${{__data.fields.{field}}}: its query has no such column"
    for override in panel.get("fieldConfig", {}).get("overrides", []):
        matcher = override["matcher"]
        if matcher["id"] == "byName" and matcher["options"] not in columns:
            yield f"an override is for {matcher['options']}, which its query does not have"


def lint_rule(rule, columns):
    """Problems of an alert rule's texts; Grafana's provisioning replaces a single $ in labels, but not
    in annotations, by the environment."""
    for field in sorted(set(re.findall(r"\$labels\.(\w+)", str(rule.get("annotations")) +
                                       str(rule.get("labels"))))):
        if field not in columns:
            yield f"$labels.{field}: its query has no such column"
    if re.search(r"(?<!\$)\$(?!\$)", str(rule.get("labels", {})).replace("$$", "")):
        yield "a label has a single $, which provisioning takes for the environment's: write $$"
    for text in ("summary", "description"):
        if not rule.get("annotations", {}).get(text):
            yield f"has no {text}"
    if not rule.get("labels", {}).get("severity"):
        yield "has no severity"


def provisioning(text):
    """Problems of the data source as it is provisioned."""
    for wanted in ('pathPrefix: "file:"', "mode=ro", "query_only(1)", "busy_timeout(",
                   "type: frser-sqlite-datasource", "uid: rackmeter"):
        if wanted not in text:
            yield f"the data source lacks {wanted}"
    if re.search(r"^[^#]*immutable", text, re.MULTILINE):
        yield "the data source says immutable: the file is being written"
