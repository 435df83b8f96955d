# SPDX-License-Identifier: Apache-2.0
"""The SQL of schema/dashboards/: one query per file, run once on an empty database with the present
public views, so that a view that changed breaks the build and the columns of a query are known."""
import collections
import re
import sqlite3

from source import Refused

# What the plugin and Grafana replace in a query. `:sqlstring` quotes a value, or each of several.
MACRO = re.compile(r"\$(__\w+(?:\([^)]*\))?|\{\w+(?::\w+)?\}|\w+)")
GROUP = re.compile(r"__unixEpochGroupSeconds\(\s*[\w.]+\s*,\s*[0-9]+\s*\)$")
VARIABLE = re.compile(r"\{(\w+):sqlstring\}$")
# What a panel's "values" fill, so that panels which differ by a word share a query.
PLACE = re.compile(r"(?<!\$)\{(\w+)\}")
WORD = re.compile(r"\w+$")
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


# text: as Grafana gets it; columns in their order; variables: names that it asks for
Query = collections.namedtuple("Query", "text columns variables")


class Queries:
    """By name without ".sql": site/power, variables/hall, alerts/over_budget."""

    def __init__(self, schema):
        self.folder = schema / "dashboards"
        self.names = {str(path.relative_to(self.folder))[:-len(".sql")]
                      for path in self.folder.rglob("*.sql")}
        self.used = {}  # by name and values
        self.db = public_views(schema)

    def use(self, name, where, values=None):
        """A checked Query; where: who asks, for messages; values: of the places {NAME} in its text,
        all of them."""
        if name not in self.names:
            raise Refused(where, f'there is no schema/dashboards/{name}.sql for "{name}"')
        key = (name, *sorted((values or {}).items()))
        if key not in self.used:
            self.used[key] = self._check(name, self._text(name, where, values or {}))
        return self.used[key]

    def _text(self, name, where, values):
        """Without the comment on top, of which the name of the file takes the place."""
        path = f"schema/dashboards/{name}.sql"
        lines = (self.folder / f"{name}.sql").read_text(encoding="utf-8").rstrip().split("\n")
        if len(lines) < 3 or not lines[0].startswith("-- SPDX") or not lines[1].startswith("--"):
            raise Refused(path, "the SPDX line, then a comment that says what a row is, come first")
        while lines and lines[0].startswith("--"):
            lines.pop(0)
        text = "\n".join(lines).rstrip(";")
        places = set(PLACE.findall(text))
        for place in sorted(places ^ values.keys()):
            raise Refused(where, f'values: "{place}" is missing, {path} has {{{place}}}'
                          if place in places else
                          f'values: {path} has no {{{place}}} for "{place}"')
        for place, value in values.items():
            if not isinstance(value, str) or not WORD.match(value):
                raise Refused(where, f'values: "{place}" is a word of letters, digits and _')
        return f"-- {path}\n" + PLACE.sub(lambda found: values[found.group(1)], text)

    def _check(self, name, text):
        path = f"schema/dashboards/{name}.sql"
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
            cursor = self.db.execute(MACRO.sub(expand, text))
            cursor.fetchall()
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise Refused(path, f"SQLite says: {error}; only the views v_* and alert_* are for "
                          "dashboards") from error
        columns = [column[0] for column in cursor.description]
        if len(set(columns)) < len(columns):
            raise Refused(path, "two columns have the same name")
        return Query(text, columns, variables)

    def refuse_unused(self):
        for name in sorted(self.names - {key[0] for key in self.used}):
            raise Refused(f"schema/dashboards/{name}.sql", "no dashboard and no alert uses it: "
                          "name it in a panel, or remove it")
