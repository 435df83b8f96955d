#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes Grafana's dashboards and alert rules from the sources beside it and the SQL of
schema/dashboards/. dashboards/README.md describes the sources. Anything that does not fit is refused
with file and panel: a dashboard that is built works. Python's standard library only.

    generate.py --schema schema --output build/dashboards/grafana
"""
import argparse
import json
import pathlib
import sys

import grafana
from queries import Queries
from source import Refused, read_alerts, read_annotations, read_dashboard

HERE = pathlib.Path(__file__).resolve().parent


def write(path, text):
    """Only on change, so that Grafana's provisioning sees no new file without one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def as_json(value):
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def make(schema, output):
    queries = Queries(schema)
    sources = sorted(HERE.glob("rackmeter-*.json"))
    names = [path.stem[len("rackmeter-"):] for path in sources]
    annotations = read_annotations(HERE / "annotations.json", queries)
    made = {}
    for path in sources:
        source = read_dashboard(path, queries, names)
        made[path.name] = as_json(grafana.dashboard(source, annotations, queries))
    rules = grafana.alert_rules(read_alerts(HERE / "alerts.json", queries, names), queries)
    made["provisioning/alerting/rackmeter.yaml"] = (
        "# For /etc/grafana/provisioning/alerting/. Made from dashboards/grafana/alerts.json;\n"
        "# JSON is YAML too.\n" + as_json(rules))
    queries.refuse_unused()
    for name, text in made.items():
        write(output / name, text)
    for path in output.glob("rackmeter-*.json"):
        if path.name not in made:
            path.unlink()
    return len(sources), len(queries.names)


def main():
    options = argparse.ArgumentParser(description="make Grafana's dashboards")
    options.add_argument("--schema", type=pathlib.Path, required=True, help="the folder schema/")
    options.add_argument("--output", type=pathlib.Path, required=True, help="where the JSON goes")
    arguments = options.parse_args()
    try:
        dashboards, queries = make(arguments.schema, arguments.output)
    except Refused as refused:
        print(f"generate.py: {refused}", file=sys.stderr)
        return 1
    print(f"{dashboards} dashboards, {queries} queries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
