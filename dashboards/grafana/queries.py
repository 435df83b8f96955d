# SPDX-License-Identifier: Apache-2.0
"""The SQL of schema/dashboards/: one query per file, run once on an empty database with the present
public views, so that a view that changed breaks the build and the columns of a query are known."""
import re
import sqlite3

from source import Refused

# What the plugin and Grafana replace in a query. `:sqlstring` quotes a value, or each of several.
MACRO = re.compile(r"\$(__\w+(?:\([^)]*\))?|\{\w+(?::\w+)?\}|\w+)")
GROUP = re.compile(r"__unixEpochGroupSeconds\(\s*[\w.]+\s*,\s*[0-9]+\s*\)$")
VARIABLE = re.compile(r"\{(\w+):sqlstring\}$")
PLAIN = {"__from": "0", "__to": "3600000", "__interval_ms": "60000"}


def public_views(schema):
    """An empty database that has the public views and nothing else, so that no query can reach
    behind them. They stand in it as tables: only their columns matter here."""
    whole, public = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    for folder in ("migrations", "views"):
        for path in sorted((schema / folder).glob("*.sql")):
            try:
                whole.executescript(path.read_text(encoding="utf-8"))
            except sqlite3.Error as error:
                raise Refused(f"schema/{folder}/{path.name}", f"SQLite says: {error}") from error
    for (view,) in whole.execute("SELECT name FROM sqlite_schema WHERE type = 'view' "
                                 "AND (name GLOB 'v_*' OR name GLOB 'alert_*')").fetchall():
        try:
            columns = whole.execute(f"PRAGMA table_info({view})").fetchall()
        except sqlite3.Error as error:
            raise Refused(f"schema/views/{view}.sql", f"SQLite says: {error}") from error
        public.execute("CREATE TABLE {} ({})".format(
            view, ", ".join(f'"{column[1]}" {column[2]}' for column in columns)))
    return public


class Queries:
    """By name without ".sql": site/power, variables/hall, alerts/over_budget."""

    def __init__(self, schema):
        self.folder = schema / "dashboards"
        self.names = {str(path.relative_to(self.folder))[:-len(".sql")]
                      for path in self.folder.rglob("*.sql")}
        self.used = set()
        self.columns = {}
        self.variables = {}
        self.db = public_views(schema)

    def use(self, name, where):
        """The text of a query, checked; where: who asks, for messages."""
        if name not in self.names:
            raise Refused(where, f'there is no schema/dashboards/{name}.sql for "{name}"')
        self.used.add(name)
        if name not in self.columns:
            self._check(name)
        return self.text(name)

    def text(self, name):
        """Without the comment on top, of which the name of the file takes the place."""
        lines = (self.folder / f"{name}.sql").read_text(encoding="utf-8").rstrip().split("\n")
        while lines and lines[0].startswith("--"):
            lines.pop(0)
        return "\n".join([f"-- schema/dashboards/{name}.sql"] + lines).rstrip(";")

    def _check(self, name):
        path = f"schema/dashboards/{name}.sql"
        head = (self.folder / f"{name}.sql").read_text(encoding="utf-8").split("\n")
        if len(head) < 3 or not head[0].startswith("-- SPDX") or not head[1].startswith("--"):
            raise Refused(path, "the SPDX line, then a comment that says what a row is, come first")
        variables = set()

        def expand(found):
            word = found.group(1)
            if word in PLAIN:
                return PLAIN[word]
            if GROUP.match(word):
                return word[len("__unixEpochGroupSeconds("):].split(",")[0]
            variable = VARIABLE.match(word)
            if not variable:
                raise Refused(path, f"${word} is not known: use $__from, $__to, $__interval_ms, "
                              "${NAME:sqlstring} or $__unixEpochGroupSeconds(COLUMN, SECONDS)")
            variables.add(variable.group(1))
            return "''"

        try:
            cursor = self.db.execute(MACRO.sub(expand, self.text(name)))
            cursor.fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise Refused(path, f"SQLite says: {error}; only the views v_* and alert_* are for "
                          "dashboards") from error
        columns = [column[0] for column in cursor.description]
        if len(set(columns)) < len(columns):
            raise Refused(path, "two columns have the same name")
        self.columns[name] = columns
        self.variables[name] = variables

    def refuse_unused(self):
        for name in sorted(self.names - self.used):
            raise Refused(f"schema/dashboards/{name}.sql", "no dashboard and no alert uses it: "
                          "name it in a panel, or remove it")
