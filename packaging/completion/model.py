# SPDX-License-Identifier: Apache-2.0
"""What shells complete, out of `rackmeter help --json`: for each command its commands, options with
the kind of their value, and the kinds of its words."""
import json

STORED = ("RACK", "HALL", "ROW", "TENANT", "CIRCUIT", "DEVICE", "BOUNDARY", "PROFILE", "CREDENTIAL")
PERIODS = ("today yesterday this-week last-week this-month last-month this-quarter last-quarter "
           "this-year last-year trailing-30-days trailing-12-months all").split()
ENDPOINTS = ("snmp://", "modbus://", "modbus-rtutcp://", "modbus-rtu://", "walk:")


class Command:
    def __init__(self, row):
        self.name = row["name"]  # "rackmeter db export"
        self.summary = row["summary"]
        self.options = [Option(o) for o in row["options"]]
        self.options.append(Option({"name": "--help", "help": "all of this in short"}))
        self.words = [kind_of(w) for w in row.get("words", "").split()]
        self.many = row.get("words", "").endswith("...")
        self.below = [Command(b) for b in row["below"]]
        self.runs = row.get("runs", False)

    def every(self):
        yield self
        for b in self.below:
            yield from b.every()


class Option:
    def __init__(self, row):
        self.name, self.help = row["name"], row["help"]
        self.kind = kind_of(row["argument"]) if "argument" in row else None
        self.many = row.get("argument", "").endswith("...")
        self.filter = row.get("filter", False)


def kind_of(argument):
    """"RACK", "FILE", "" (nothing is known of it), or a tuple of words."""
    text = argument.strip("[].")
    parts = text.split("|")
    if all(p == p.lower() for p in parts):
        return tuple(parts)
    if "FILE" in parts and "DIR" not in parts:
        return "FILE"
    if "DIR" in parts:
        return "FILE" if len(parts) > 1 else "DIR"
    lower = tuple(p for p in parts if p == p.lower())
    return lower or (text if len(parts) == 1 else "")


class Model:
    def __init__(self, path):
        with open(path, encoding="utf-8") as f:
            facts = json.load(f)
        self.commands = [Command(c) for c in facts["commands"]]
        self.daemon = Command(facts["daemon"])
        tables = {t["name"]: {c["name"]: c for c in t["columns"]} for t in facts["tables"]}
        log = tables["log"]
        self.static = {
            "PERIOD": PERIODS, "DURATION": "15m 1h 8h 24h 7d".split(),
            "REPORT": [r["name"] for r in facts["reports"]],
            "CHECK": [c["name"] for c in facts["checks"]],
            "QUANTITY": facts["quantities"], "KIND": log["kind"]["words"], "SCOPE": log["scope"]["words"],
            "ENDPOINT": ENDPOINTS, "TABLE=FILE": [t + ".csv=" for t in tables],
            "COMMAND": [c.name.split(" ", 1)[1] for c in self.commands],
        }
        self.titles = {"REPORT": {r["name"]: r["summary"] for r in facts["reports"]},
                       "CHECK": {c["name"]: c["summary"] for c in facts["checks"]}}
        # which filters a report or check does not know: "rackmeter report" -> {"pue": {"--rack"}}
        self.without = {}
        for command, rows in (("rackmeter report", facts["reports"]),
                              ("rackmeter check", facts["checks"])):
            options = next(c for c in self.commands if c.name == command).options
            filters = {o.name for o in options if o.filter}
            self.without[command] = {r["name"]: sorted(filters - set(r["filters"])) for r in rows}

    def every(self):
        for c in self.commands:
            yield from c.every()
        yield self.daemon

    def words_of(self, kind):
        """Those that are known when the script is made; None: it asks, or leaves it to the shell."""
        if isinstance(kind, tuple):
            return list(kind)
        return self.static.get(kind)
