# SPDX-License-Identifier: Apache-2.0
"""Grafana's own shape of dashboards (classic JSON, schemaVersion 39) and alert rules. Nothing is
decided here that a source says; what is the same everywhere stands here once: the data source is a
variable, gaps are not joined, links keep time and variables."""
from source import panel_queries

PLUGIN = "frser-sqlite-datasource"
DATASOURCE = {"type": PLUGIN, "uid": "${datasource}"}
TYPES = {"matrix": "table"}
TAG = "rackmeter"


def target(query, ref, times, kind):
    return {"datasource": DATASOURCE, "refId": ref, "queryType": kind, "rawQueryText": query.text,
            "queryText": query.text, "timeColumns": times}


def url(link, columns):
    """To another dashboard, with the time, the data source and what the row says."""
    parts = ["${__url_time_range}", "${datasource:queryparam}"]
    for name, value in link.get("vars", {}).items():
        if not value.startswith("$"):
            value = "${__data.fields." + value + "}" if value in columns else value
        parts.append(f"var-{name}={value}")
    return f"/d/rackmeter-{link['dashboard']}?" + "&".join(parts)


def data_link(link, columns):
    return {"title": link.get("title", f"Open {link['dashboard']}"), "url": url(link, columns),
            "targetBlank": False}


def thresholds(steps):
    return {"mode": "absolute", "steps": [{"value": v, "color": c} for v, c in steps]}


def mappings(pairs):
    return [{"type": "value", "options": {
        key: {"text": text, "color": colour, "index": index}
        for index, (key, (text, colour)) in enumerate(pairs.items())}}]


def colour(name):
    if name.startswith(("continuous-", "palette-")) or name == "thresholds":
        return {"mode": name}
    return {"mode": "fixed", "fixedColor": name}


def field(looks, columns):
    """fieldConfig.defaults, of a panel or of one column."""
    out = {}
    for ours, theirs in (("unit", "unit"), ("decimals", "decimals"), ("min", "min"), ("max", "max"),
                         ("no_data", "noValue")):
        if ours in looks:
            out[theirs] = looks[ours]
    if "thresholds" in looks:
        out["thresholds"] = thresholds(looks["thresholds"])
    if "color" in looks:
        out["color"] = colour(looks["color"])
    elif "thresholds" in looks:
        out["color"] = {"mode": "thresholds"}
    if "map" in looks:
        out["mappings"] = mappings(looks["map"])
    if "link" in looks:
        out["links"] = [data_link(looks["link"], columns)]
    if "title" in looks and "kind" not in looks:
        out["displayName"] = looks["title"]
    return out


def override(column, looks, columns):
    properties = [{"id": key, "value": value} for key, value in field(looks, columns).items()]
    if "width" in looks:
        properties.append({"id": "custom.width", "value": looks["width"]})
    if looks.get("hidden"):
        properties.append({"id": "custom.hidden", "value": True})
    if "cell" in looks:
        cell = {"type": looks["cell"]}
        if looks["cell"] == "gauge":
            cell["mode"] = "basic"
        properties.append({"id": "custom.cellOptions", "value": cell})
    if looks.get("dash"):
        properties.append({"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 6]}})
    if "fill" in looks:
        properties.append({"id": "custom.fillOpacity", "value": looks["fill"]})
    if "axis" in looks:
        properties.append({"id": "custom.axisPlacement", "value": looks["axis"]})
    return {"matcher": {"id": "byName", "options": column}, "properties": properties}


def line(panel):
    """A time series' custom options; null is never bridged."""
    return {"drawStyle": "bars" if panel.get("bars") else "line", "lineInterpolation": "linear",
            "lineWidth": 1, "fillOpacity": panel.get("fill", 100 if panel.get("bars") else 0),
            "gradientMode": "none", "spanNulls": False, "showPoints": "auto", "pointSize": 3,
            "stacking": {"mode": "normal" if panel.get("stack") else "none", "group": "A"},
            "axisPlacement": "auto", "axisLabel": "", "scaleDistribution": {"type": "linear"},
            "thresholdsStyle": {"mode": "line" if "thresholds" in panel else "off"}}


def legend(panel):
    calcs = panel.get("legend", ["lastNotNull", "max"])
    return {"showLegend": calcs is not False, "displayMode": "table" if calcs else "list",
            "placement": "bottom", "calcs": calcs or []}


def options(panel):
    kind = panel["kind"]
    if kind == "stat":
        shown = "/.*/" if panel.get("unit") == "string" else ""  # "": numbers only
        return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": shown, "values": False},
                "textMode": "value_and_name" if len(panel.get("columns", {})) > 1 else "auto",
                "orientation": "auto", "colorMode": "value", "graphMode": "none",
                "justifyMode": "auto", "wideLayout": True}
    if kind == "timeseries":
        return {"legend": legend(panel), "tooltip": {"mode": "multi", "sort": "desc"}}
    sort = panel.get("sort")
    return {"showHeader": True, "cellHeight": "sm",
            "footer": {"show": False, "reducer": ["sum"], "countRows": False},
            "sortBy": [{"displayName": sort.lstrip("-"), "desc": sort.startswith("-")}] if sort
            else []}


def custom(panel):
    kind = panel["kind"]
    if kind == "timeseries":
        return {"custom": line(panel)}
    if kind == "table":
        return {"custom": {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True}}
    if kind == "matrix":
        return {"custom": {"align": "center", "cellOptions": {"type": "color-background",
                                                              "mode": "basic"}, "minWidth": 40}}
    return {}


def transformations(panel):
    out = []
    if "config" in panel:  # unit, limits of the value as a query says them
        out.append({"id": "configFromData", "options": {
            "configRefId": "Z", "applyTo": {"id": "byName", "options": panel["matrix"]["value"]},
            "mappings": [{"fieldName": name, "handlerKey": name} for name in ("unit", "min", "max")]
        }})
    if panel["kind"] == "matrix":
        m = panel["matrix"]
        out.append({"id": "groupingToMatrix", "options": {
            "rowField": m["row"], "columnField": m["column"], "valueField": m["value"],
            "emptyValue": "null"}})
    return out


def one_panel(panel, identity, grid, queries):
    kind = panel["kind"]
    out = {"id": identity, "type": TYPES.get(kind, kind), "title": panel["title"], "gridPos": grid,
           "description": panel["description"], "options": options(panel)}
    asked = panel_queries(panel, queries, f'panel {panel["title"]}')
    columns = [column for query in asked.values() for column in query.columns]
    times = panel.get("time", ["time"] if kind == "timeseries" else [])
    form = "time series" if "series" in panel else "table"
    defaults = {**field(panel, columns), **custom(panel)}
    if "series" in panel:
        defaults["displayName"] = "${__field.labels.metric}"
    defaults.setdefault("color", {"mode": "palette-classic"} if kind == "timeseries"
                        else {"mode": "thresholds"})
    defaults.setdefault("thresholds", thresholds([[None, "text" if kind == "stat" else "green"]]))
    defaults.setdefault("mappings", [])
    out["datasource"] = DATASOURCE
    out["targets"] = [target(query, ref, times, form) for ref, query in asked.items()]
    out["fieldConfig"] = {"defaults": defaults,
                          "overrides": [override(column, looks, columns)
                                        for column, looks in panel.get("columns", {}).items()]}
    changed = transformations(panel)
    if changed:
        out["transformations"] = changed
    return out


def panels(rows, queries):
    """Panels flow from left to right, and begin a new line where the width of 24 is full."""
    out, identity, top = [], 0, 0
    for row in rows:
        identity += 1
        out.append({"id": identity, "type": "row", "title": row["title"], "panels": [],
                    "collapsed": False, "gridPos": {"x": 0, "y": top, "w": 24, "h": 1}})
        top, left, high = top + 1, 0, 0
        for panel in row["panels"]:
            if left + panel["w"] > 24:
                top, left, high = top + high, 0, 0
            identity += 1
            out.append(one_panel(panel, identity, {"x": left, "y": top, "w": panel["w"],
                                                   "h": panel["h"]}, queries))
            left, high = left + panel["w"], max(high, panel["h"])
        top += high
    return out


def one_variable(variable, queries):
    out = {"name": variable["name"], "label": variable["label"],
           "description": variable["description"], "skipUrlSync": False,
           "hide": 2 if variable.get("hidden") else 0}
    if "text" in variable:
        return {**out, "type": "textbox", "query": variable["text"],
                "current": {"text": variable["text"], "value": variable["text"]},
                "options": [{"selected": True, "text": variable["text"],
                             "value": variable["text"]}]}
    if "choices" in variable:
        choices = [{"selected": not i, "text": text, "value": value}
                   for i, (value, text) in enumerate(variable["choices"].items())]
        return {**out, "type": "custom", "multi": False, "includeAll": False, "options": choices,
                "current": {"text": choices[0]["text"], "value": choices[0]["value"]},
                "query": ", ".join(f"{text.replace(',', chr(92) + ',')} : {value}"
                                   for value, text in variable["choices"].items())}
    text = queries.use(variable["sql"], f'variable {variable["name"]}').text
    every = {"text": "All", "value": "$__all"}
    if variable.get("multi"):
        every = {"text": ["All"], "value": ["$__all"]}
    return {**out, "type": "query", "datasource": DATASOURCE, "query": text, "definition": text,
            "refresh": 2, "sort": 0, "regex": "", "multi": bool(variable.get("multi")),
            "includeAll": bool(variable.get("all")), "options": [],
            **({"current": every} if variable.get("all") else {})}


def annotation(note, queries):
    asked = target(queries.use(note["sql"], note["name"]), "Anno", ["time", "timeEnd"], "table")
    return {"name": note["name"], "datasource": DATASOURCE, "enable": True, "hide": False,
            "iconColor": note["color"], "target": asked}


def dashboard(source, annotations, queries):
    chosen = {"name": "datasource", "label": "Data source", "type": "datasource", "query": PLUGIN,
              "description": "The rackmeter database", "refresh": 1, "regex": "", "hide": 0,
              "multi": False, "includeAll": False, "skipUrlSync": False, "options": [],
              "current": {"text": "rackmeter", "value": "rackmeter"}}
    built_in = {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"},
                "enable": True, "hide": True, "iconColor": "rgba(0, 211, 255, 1)",
                "name": "Annotations & Alerts", "type": "dashboard"}
    return {
        "uid": source["uid"], "title": source["title"], "description": source["description"],
        "tags": [TAG], "schemaVersion": 39, "version": 1, "editable": True, "graphTooltip": 1,
        "timezone": "", "refresh": "1m", "fiscalYearStartMonth": 0, "liveNow": False,
        "time": {"from": source.get("time", "now-6h"), "to": "now"}, "timepicker": {},
        "links": [{"type": "dashboards", "tags": [TAG], "title": "", "icon": "external link",
                   "asDropdown": False, "includeVars": True, "keepTime": True,
                   "targetBlank": False, "tooltip": "", "url": ""}],
        "templating": {"list": [chosen] + [one_variable(v, queries) for v in source["variables"]]},
        "annotations": {"list": [built_in] + [annotation(a, queries) for a in annotations]},
        "panels": panels(source["rows"], queries),
    }


def plain(text):
    """Grafana puts the environment into provisioned labels and titles, where $$ stands for $; not into
    annotations and queries."""
    return text.replace("$", "$$")


def alert_rules(source, queries):
    """Provisioning of Grafana's alerting: per rule the query A and a threshold C over it."""
    groups = []
    for group in source["groups"]:
        rules = []
        for rule in group["rules"]:
            asked = target(queries.use(rule["sql"], rule["title"]), "A", [], "table")
            asked["datasource"] = {"type": PLUGIN, "uid": TAG}
            limit = {"refId": "C", "type": "threshold", "expression": "A", "datasource":
                     {"type": "__expr__", "uid": "__expr__"}, "conditions": [{"evaluator": {
                         "type": "gt", "params": [rule["above"]]}}]}
            span = {"from": 600, "to": 0}
            texts = {"summary": rule["summary"], "description": rule["description"]}
            if "dashboard" in rule:
                asks = "&".join(f"var-{name}={{{{ $labels.{column} }}}}"
                                for name, column in rule.get("vars", {}).items())
                texts["dashboard"] = f"/d/rackmeter-{rule['dashboard']}?{asks}".rstrip("?")
            rules.append({
                "uid": rule["uid"], "title": plain(rule["title"]), "condition": "C", "for": rule["for"],
                "noDataState": rule["no_data"], "execErrState": "Error", "isPaused": False,
                "labels": {"severity": plain(rule["severity"])},
                "annotations": texts,
                "data": [{"refId": "A", "queryType": "table", "relativeTimeRange": span,
                          "datasourceUid": TAG, "model": asked},
                         {"refId": "C", "queryType": "", "relativeTimeRange": span,
                          "datasourceUid": "__expr__", "model": limit}]})
        groups.append({"orgId": 1, "name": plain(group["name"]), "folder": plain(source["folder"]),
                       "interval": group["every"], "rules": rules})
    return {"apiVersion": 1, "groups": groups}
