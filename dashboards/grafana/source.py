# SPDX-License-Identifier: Apache-2.0
"""Reads and checks the sources of dashboards and alert rules. Every key is known here, with what it
means; the first thing that is wrong is refused with file and panel."""
import json
import re


class Refused(Exception):
    """where: file, or file and panel; what: what is wrong and what to do."""

    def __init__(self, where, what):
        super().__init__(f"{where}: {what}")


UNITS = {  # Grafana's ids that are used; suffix:TEXT goes too
    "string", "none", "short", "percent", "percentunit", "watt", "kwatt", "megwatt", "watth",
    "kwatth", "voltamp", "kvoltamp", "amp", "volt", "hertz", "celsius", "humidity", "s", "ms",
    "dtdurations", "bytes", "dateTimeAsIso", "dateTimeFromNow", "currencyEUR", "currencyUSD",
    "pressurepa", "flowlpm", "bool_yes_no", "reqps",
}
COLOURS = {"green", "yellow", "orange", "red", "blue", "purple", "text", "transparent", "gray",
           "light-blue", "dark-red", "semi-dark-green", "light-green", "dark-green"}
SCHEMES = {"thresholds", "continuous-GrYlRd", "continuous-BlYlRd", "continuous-RdYlGr",
           "palette-classic"}
CALCS = {"lastNotNull", "min", "max", "mean", "sum"}

DASHBOARD = {"title", "description", "time", "variables", "rows"}
VARIABLE = {"name", "label", "description", "sql", "multi", "all", "choices", "text", "hidden"}
ANNOTATION = {"name", "sql", "color"}
ROW = {"title", "panels"}
PANEL = {"kind", "title", "description", "sql", "config", "w", "h", "unit", "decimals", "min", "max",
         "thresholds", "color", "map", "columns", "time", "series", "legend", "stack", "fill",
         "link", "no_data", "sort", "bars", "matrix", "values"}
COLUMN = {"title", "unit", "decimals", "min", "max", "thresholds", "color", "map", "width", "link",
          "hidden", "cell", "dash", "axis", "fill"}
KINDS = {"stat", "timeseries", "table", "matrix"}
CELLS = {"color-background", "color-text", "gauge"}
ALERTS = {"folder", "groups"}
GROUP = {"name", "every", "rules"}
RULE = {"uid", "title", "sql", "value", "above", "for", "no_data", "severity", "summary",
        "description", "dashboard", "vars"}


def known(value, keys, needed, where):
    if not isinstance(value, dict):
        raise Refused(where, "an object { } is expected")
    for key in value:
        if key not in keys:
            raise Refused(where, f'unknown key "{key}": known are {", ".join(sorted(keys))}')
    for key in needed:
        if value.get(key) in (None, "", [], {}):
            raise Refused(where, f'"{key}" is missing')


def load(path):
    def once(pairs):
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise Refused(path.name, f'"{key}" stands twice in one object')
        return dict(pairs)

    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise Refused(f"{path.name}:{error.lineno}:{error.colno}", error.msg) from error


def check_looks(value, where):
    """What panels and columns share."""
    unit = value.get("unit")
    if unit is not None and unit not in UNITS and not unit.startswith("suffix:"):
        raise Refused(where, f'unit "{unit}" is not one of {", ".join(sorted(UNITS))}')
    if value.get("color", "thresholds") not in SCHEMES | COLOURS:
        raise Refused(where, f'color "{value["color"]}" is not one of '
                      f'{", ".join(sorted(SCHEMES | COLOURS))}')
    steps = value.get("thresholds", [])
    for step in steps:
        if len(step) != 2 or step[1] not in COLOURS:
            raise Refused(where, f"threshold {step}: [VALUE, COLOUR] with a colour of "
                          f'{", ".join(sorted(COLOURS))}')
    if steps and (steps[0][0] is not None or
                  any(step[0] is None for step in steps[1:]) or
                  [s[0] for s in steps[1:]] != sorted(s[0] for s in steps[1:])):
        raise Refused(where, "thresholds begin with [null, COLOUR] and go up")
    for key, to in value.get("map", {}).items():
        if len(to) != 2 or to[1] not in COLOURS:
            raise Refused(where, f'map "{key}": [TEXT, COLOUR] is expected')


def check_link(link, names, columns, where):
    known(link, {"dashboard", "title", "vars"}, ("dashboard",), where)
    if link["dashboard"] not in names:
        raise Refused(where, f'link to "{link["dashboard"]}": there is no '
                      f'rackmeter-{link["dashboard"]}.json')
    for column in link.get("vars", {}).values():
        if not column.startswith("$") and column not in columns:
            raise Refused(where, f'link: the query has no column "{column}"')


def panel_queries(panel, queries, where):
    """By Grafana's letter."""
    sql = panel.get("sql", {})
    sql = sql if isinstance(sql, dict) else {"A": sql}
    sql = {**sql, **({"Z": panel["config"]} if "config" in panel else {})}
    return {ref: queries.use(name, where, panel.get("values")) for ref, name in sql.items()}


def check_panel(panel, names, variables, queries, where):
    known(panel, PANEL, ("kind", "title", "w", "h", "description", "sql"), where)
    if panel["kind"] not in KINDS:
        raise Refused(where, f'kind "{panel["kind"]}" is not one of {", ".join(sorted(KINDS))}')
    if not 1 <= panel["w"] <= 24 or not 1 <= panel["h"] <= 40:
        raise Refused(where, "w is 1 to 24, h is 1 to 40")
    check_looks(panel, where)
    columns = []
    for query in panel_queries(panel, queries, where).values():
        for variable in query.variables - variables:
            raise Refused(where, f"its query asks for ${{{variable}}}, and the dashboard has no "
                          "such variable")
        columns += query.columns
    times = panel.get("time", ["time"] if panel["kind"] == "timeseries" else [])
    for column in times:
        if column not in columns:
            raise Refused(where, f'time: the query has no column "{column}"')
    for column in columns:
        if column == "time" and column not in times:
            raise Refused(where, '"time" is a column of the query: list it in "time"')
    for column, looks in panel.get("columns", {}).items():
        here = f"{where}, column {column}"
        if column not in columns:
            raise Refused(here, f'the query has only {", ".join(columns)}')
        known(looks, COLUMN, (), here)
        check_looks(looks, here)
        if looks.get("cell", "gauge") not in CELLS:
            raise Refused(here, f'cell is one of {", ".join(sorted(CELLS))}')
        if "link" in looks:
            check_link(looks["link"], names, columns, here)
    if panel["kind"] == "table":
        for column in columns:
            if column not in times and "unit" not in panel.get("columns", {}).get(column, {}):
                raise Refused(where, f'column {column} of the table has no unit: give it one, '
                              '"string" for text')
    elif "unit" not in panel:
        raise Refused(where, '"unit" is missing ("none" for a plain number)')
    if panel.get("series") not in (None, "metric") or \
            ("series" in panel and panel["series"] not in columns):
        raise Refused(where, 'series: "metric", a column of the query, names the lines')
    if panel["kind"] == "matrix":
        known(panel.get("matrix"), {"row", "column", "value"}, ("row", "column", "value"), where)
        for column in panel["matrix"].values():
            if column not in columns:
                raise Refused(where, f'matrix: the query has no column "{column}"')
    for calc in panel.get("legend") or []:
        if calc not in CALCS:
            raise Refused(where, f'legend: "{calc}" is not one of {", ".join(sorted(CALCS))}')
    if "link" in panel:
        check_link(panel["link"], names, columns, where)


def read_annotations(path, queries):
    """Those of all dashboards."""
    notes = load(path)
    for note in notes:
        where = f'{path.name}, annotation {note.get("name", "?")}'
        known(note, ANNOTATION, ("name", "sql", "color"), where)
        columns = queries.use(note["sql"], where).columns
        for column in ("time", "text"):
            if column not in columns:
                raise Refused(where, f"the query has no column {column}")
    return notes


def read_dashboard(path, queries, names):
    source = load(path)
    known(source, DASHBOARD, ("title", "description", "rows"), path.name)
    source["uid"] = path.stem
    variables = {"datasource"}
    for variable in source.setdefault("variables", []):
        where = f'{path.name}, variable {variable.get("name", "?")}'
        known(variable, VARIABLE, ("name", "label", "description"), where)
        if not re.fullmatch(r"[a-z][a-z_]*", variable["name"]) or variable["name"] in variables:
            raise Refused(where, "small letters, and each name once")
        if len({"sql", "choices", "text"} & set(variable)) != 1:
            raise Refused(where, 'one of "sql", "choices" and "text" says what it can be')
        if "sql" in variable:
            query = queries.use(variable["sql"], where)
            if len(query.columns) != 1:
                raise Refused(where, "the query of a variable has one column")
            for other in query.variables - variables:
                raise Refused(where, f"the query asks for ${{{other}}}, which does not stand above")
        variables.add(variable["name"])
    titles = set()
    for row in source["rows"]:
        where = f'{path.name}, row {row.get("title", "?")}'
        known(row, ROW, ("title", "panels"), where)
        for panel in row["panels"]:
            title = panel.get("title", "?")
            check_panel(panel, names, variables, queries, f"{path.name}, panel {title}")
            if title in titles:
                raise Refused(f"{path.name}, panel {title}", "the title stands twice")
            titles.add(title)
    return source


def read_alerts(path, queries, names):
    source = load(path)
    known(source, ALERTS, ("folder", "groups"), path.name)
    uids = set()
    for group in source["groups"]:
        known(group, GROUP, ("name", "every", "rules"), path.name)
        for rule in group["rules"]:
            where = f'{path.name}, rule {rule.get("title", "?")}'
            known(rule, RULE, ("uid", "title", "sql", "value", "above", "for", "no_data", "severity",
                               "summary", "description"), where)
            if rule["uid"] in uids:
                raise Refused(where, "its uid stands twice")
            uids.add(rule["uid"])
            if rule["no_data"] not in ("OK", "Alerting", "NoData"):
                raise Refused(where, 'no_data is "OK", "Alerting" or "NoData"')
            query = queries.use(rule["sql"], where)
            if query.variables:
                raise Refused(where, "the query of a rule knows no variables")
            if rule["value"] not in query.columns:
                raise Refused(where, f'the query has no column "{rule["value"]}"')
            if "dashboard" in rule:
                check_link({"dashboard": rule["dashboard"], "vars": rule.get("vars", {})}, names,
                           query.columns, where)
    return source
