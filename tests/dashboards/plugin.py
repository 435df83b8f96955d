# SPDX-License-Identifier: Apache-2.0
"""What Grafana and frser-sqlite-datasource 4.x make of a query: macros and variables, a connection
per query, the type of each column, frames of time series. Written after the plugin's
pkg/plugin/{query,macros,variables}.go and src/DataSource.ts; SQLite itself is the real one.

unixepoch() is the database's last instant, so that a fixture stays as new as it was made."""
import re
import sqlite3
import time

VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(\w+)")
MACRO = re.compile(r"\$__([_a-zA-Z0-9]+)\(([^)]*)\)")
DECLARED = {"INTEGER": "INTEGER", "INT": "INTEGER", "REAL": "FLOAT", "NUMERIC": "FLOAT",
            "DOUBLE": "FLOAT", "FLOAT": "FLOAT", "NULL": "STRING", "TEXT": "STRING", "BLOB": "STRING"}


class Broken(Exception):
    """The plugin, or Grafana, would show an error or wrong figures."""


class Declared:
    """A value of a column with a declared type, as its text."""

    def __init__(self, kind, text):
        self.kind, self.text = kind, text

    def value(self):
        for read in (int, float):
            try:
                return read(self.text)
            except ValueError:
                pass
        return self.text.decode("utf-8", "replace")


for _name in DECLARED:
    sqlite3.register_converter(_name, lambda text, kind=_name: Declared(kind, text))


def connect(path, now):
    """As the data source is provisioned: mode=ro, query_only."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None,
                         detect_types=sqlite3.PARSE_DECLTYPES)
    db.execute("PRAGMA query_only = 1")
    db.execute("PRAGMA busy_timeout = 5000")
    db.create_function("unixepoch", 0, lambda: now, deterministic=True)
    return db


def quoted(value):
    return "'" + str(value).replace("'", "''") + "'"


def interpolate(text, span, variables, scale=1000):
    """The front end: variables and $__from, $__to, $__interval_ms. variables: name -> list of
    values. span: (from, to) in seconds."""
    begin, end = span
    interval = max(1000, int((end - begin) * 1000 / scale) // 1000 * 1000)
    known = {"__from": begin * 1000, "__to": end * 1000, "__interval_ms": interval}

    def value(found):
        name = found.group(1) or found.group(3)
        if name in known:
            return str(known[name])
        if name not in variables:
            if name.startswith("__"):
                return found.group(0)  # a macro of the plugin, or nothing at all
            raise Broken(f"${name}: there is no such variable")
        if found.group(2) != "sqlstring":
            raise Broken(f"{found.group(0)}: only ${{{name}:sqlstring}} is safe in SQL")
        return ",".join(quoted(each) for each in variables[name])

    return VARIABLE.sub(value, text)


def expand(text, span):
    """The back end: what alert rules have alone. Raises on what it does not know."""
    text = text.replace("$__from", str(span[0] * 1000)).replace("$__to", str(span[1] * 1000))

    def macro(found):
        if found.group(1) != "unixEpochGroupSeconds":
            raise Broken(f"$__{found.group(1)}() is no macro to be used here")
        arguments = found.group(2).split(",")
        if len(arguments) not in (2, 3):
            raise Broken(f"{found.group(0)}: two or three arguments")
        try:
            step = int(arguments[1].strip())
        except ValueError as error:
            raise Broken(f"{found.group(0)}: the interval is no number") from error
        return f"cast(({arguments[0]} / {step}) as int) * {step}"

    text = MACRO.sub(macro, text)
    left = re.search(r"\$\{?\w+", text)
    if left:
        raise Broken(f"{left.group(0)} stays in the query: nobody replaces it")
    return text


class Column:
    """Its type as the plugin finds it: TIME when listed, else as declared, else as the first value
    that is not NULL."""

    def __init__(self, name, times):
        self.name = name
        self.kind = "TIME" if name in times else "UNKNOWN"
        self.declared = None
        self.values = []
        self.broken = None

    def add(self, value):
        if isinstance(value, Declared):
            self.declared = value.kind
            if self.kind == "UNKNOWN":
                self.kind = DECLARED[value.kind]
            value = value.value()
        if value is None:
            self.values.append(None)
            return
        kind = {int: "INTEGER", float: "FLOAT"}.get(type(value), "STRING")
        if self.kind == "UNKNOWN":
            self.kind = kind
        self.values.append(self.convert(value, kind))

    def convert(self, value, kind):
        if self.kind == "TIME":
            if kind == "STRING":
                self.broken = self.broken or f"a time is the text {value!r}"
            return value
        if self.kind == "INTEGER" and kind == "FLOAT":
            if value != int(value):
                self.broken = self.broken or (
                    f"its first row made it a whole number, so {value} became {int(value)}: "
                    "CAST(... AS REAL)")
            return int(value)
        if self.kind in ("INTEGER", "FLOAT") and kind == "STRING":
            self.broken = self.broken or f"a number by its first row or declaration, but {value!r}"
            return None
        if self.kind == "FLOAT":
            return float(value)
        if self.kind == "STRING" and kind != "STRING":
            self.broken = self.broken or f"a text by its first row or declaration, but {value!r}"
            return str(value)
        return value


class Answer:
    """seconds: of CPU, opening the file and reading its schema included."""

    def __init__(self, columns, rows, seconds, steps):
        self.columns, self.rows, self.seconds, self.steps = columns, rows, seconds, steps


GRAIN = 1000  # VM steps between two calls of the progress handler


def run(path, now, sql, times, steps_max=None, rows_max=None):
    """One query on a connection of its own."""
    begin = time.process_time()
    db = connect(path, now)
    ticks = 0

    def tick():
        nonlocal ticks
        ticks += 1
        return steps_max is not None and ticks * GRAIN > steps_max

    try:
        db.set_progress_handler(tick, GRAIN)
        try:
            cursor = db.execute(sql)
            rows = cursor.fetchall() if rows_max is None else cursor.fetchmany(rows_max + 1)
        except sqlite3.OperationalError as error:
            if "interrupted" in str(error):
                raise Broken(f"more than {steps_max:,} VM steps") from error
            raise Broken(f"SQLite says: {error}") from error
        except (sqlite3.Error, sqlite3.Warning) as error:
            raise Broken(f"SQLite says: {error}") from error
        names = [d[0] for d in cursor.description or []]
    finally:
        db.close()
    seconds = time.process_time() - begin
    columns = [Column(name, times) for name in names]
    for row in rows:
        for column, value in zip(columns, row):
            column.add(value)
    return Answer(columns, len(rows), seconds, ticks * GRAIN)


def series(columns):
    """Of a time series query: name -> list of (time, value), as the plugin makes them from long
    rows (a text column names the line) or wide ones. Raises what LongToWide would."""
    times = [c for c in columns if c.kind == "TIME"]
    if len(times) != 1:
        raise Broken("a time series has one time column, listed in timeColumns")
    labels = [c for c in columns if c.kind == "STRING"]
    values = [c for c in columns if c.kind in ("INTEGER", "FLOAT")]
    out = {}
    for i, ts in enumerate(times[0].values):
        if ts is None:
            raise Broken("a row without time")
        name = " ".join(str(c.values[i]) for c in labels)
        for column in values:
            out.setdefault((column.name, name), []).append((ts, column.values[i]))
    return out
