#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages, from what the programs say of themselves (`rackmeter help --json`), the words in
the .md files beside this one, and documents that stand elsewhere.

make.py JSON SOURCE OUT

Commands, options, exit statuses, reports, keys and columns stand in C alone: a page cannot differ
from them. PAGE.md adds what a table has no place for: its first lines go below DESCRIPTION, its
sections behind the generated ones. A column needs its words in rackmeter-csv.md, and words need
their column."""
import csv
import json
import os
import re
import sys

import roff

OTHERS = ("rackmeter(1)", "rackmeterd(8)", "rackmeter.yaml(5)", "rackmeter-csv(5)",
          "rackmeter-credentials(5)", "rackmeter-profile(5)", "rackmeter-database(5)",
          "rackmeter-operation(7)")
ENVIRONMENT = {
    "RACKMETER_CONFIG": "The configuration folder, unless one is given; else `@config@`.",
    "RACKMETER_DB": "The database, unless `--db` or `--dir` is given.",
    "RACKMETER_PROFILES": "Folders with device profiles, separated by colons; they come before "
                          "those of the installation.",
    "NO_COLOR": "When it is set, nothing is coloured on a terminal.",
}


class Words:
    """PAGE.md, if there is one: sections by heading, in their order."""

    def __init__(self, source, page, facts):
        path = os.path.join(source, page + ".md")
        text = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as f:
                text = re.sub(r"<!--.*?-->\n?", "", f.read(), flags=re.S)
        for name, value in facts["paths"].items():
            text = text.replace(f"@{name}@", value)
        self.path = path
        self.parts = roff.split(text)

    def intro(self):
        return roff.blocks(self.parts[0][2])

    def sections(self, skip=()):
        out = []
        for level, heading, lines in self.parts[1:]:
            if heading not in skip:
                out += [(".SH " if level < 3 else ".SS ") + quoted(heading.upper() if level < 3
                                                                    else heading)]
                out += strip_first(roff.blocks(lines))
        return out

    def has(self, heading):
        return any(h == heading for _, h, _ in self.parts)

    def section(self, heading):
        return next((lines for _, h, lines in self.parts if h == heading), None)


def strip_first(lines):
    """A paragraph that follows a heading needs no macro."""
    return lines[1:] if lines and lines[0] == ".PP" else lines


def quoted(text):
    return '"' + roff.escape(text).replace('"', "\\(dq") + '"'


def sentence(text, literal=()):
    """With a capital, unless it begins with a word that is typed, and an end."""
    first = re.split(r"[ :,;]", text)[0]
    if first in literal:
        text = f"`{first}`" + text[len(first):]
    elif not re.search(r"[A-Z_.=]", first[1:]):
        text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else text + "."


def heading(name, section, facts):
    return ["'\\\" t", f'.TH {roff.escape(name.upper(), True)} {section} "" '
            f'"rackmeter {facts["version"]}" "rackmeter"', ".nh", ".ad l"]


def named(page, summary):
    return [".SH NAME", f"{roff.escape(page, True)} \\- {roff.escape(summary)}"]


def argument(text):
    """NAME in italics, the words of a choice in bold."""
    return "".join(part if part in ("|", "...", " ") else
                   f"\\fI{roff.escape(part, True)}\\fR" if re.fullmatch(r"[A-Z][A-Z_]*", part) else
                   roff.bold(part) for part in re.findall(r"\||\.\.\.|[^|. ]+|\.| ", text))


def usage_word(word):
    m = re.fullmatch(r"(\[?)(.*?)(\]?(?:\.\.\.)?)", word)
    inner = m.group(2)
    if inner.startswith("-"):
        inner = roff.bold(inner)
    elif inner == "OPTIONS":
        inner = "\\fIOPTIONS\\fR"
    else:
        inner = argument(inner)
    return m.group(1) + inner + m.group(3)


def usages(command):
    """The forms of a command and of those below it, as roff lines."""
    out = []
    for below in command["below"]:
        out += usages(below)
    if command.get("runs"):
        for form in command["usage"] or [(command.get("words", "") + " [OPTIONS]").strip()]:
            out += [".HP", roff.bold(command["name"]) + " " +
                    " ".join(usage_word(w) for w in form.split())]
    return out


def about(lines):
    """The paragraphs of --help; lines that begin with a blank stay as they are."""
    out, i = [], 0
    while i < len(lines):
        if lines[i].startswith(" "):
            end = i
            while end < len(lines) and lines[end].startswith(" "):
                end += 1
            out += [".PP"] + roff.literal(roff.dedent(lines[i:end]))
            i = end
        else:
            if lines[i].strip():
                out += [".PP"] + roff.sentences(lines[i])
            i += 1
    return out


def options(command):
    out = []
    for o in command["options"]:
        tag = roff.bold(o["name"]) + (" " + argument(o["argument"]) if "argument" in o else "")
        text = o["help"]
        if o.get("argument", "").endswith("..."):
            text += "; can be repeated"
        out += roff.tagged(tag, sentence(text, re.split(r"[| .]", o.get("argument", ""))))
    return out + roff.tagged(roff.bold("--help"), "Prints all of this in short.")


def exits(command):
    out = []
    for one in command["exits"]:
        status, text = one.split(" ", 1)
        out += roff.tagged(roff.bold(status), sentence(text))
    return out


def choices(rows, what):
    out = []
    for row in rows:
        text = sentence(row["summary"])
        if row["filters"]:
            text += " Knows " + ", ".join(f"`{f}`" for f in row["filters"]) + "."
        if what == "check":
            text += f" Judges the last {row['period']} unless told otherwise."
        elif row["period"] != "today":
            text += f" Without a period: {row['period']}."
        out += roff.tagged(roff.bold(row["name"]), text)
    return out


def below(command):
    """A command below another: all of it in a part of its own."""
    out = [".SS " + quoted(command["name"])] + usages(command)
    out += [".PP"] + roff.sentences(sentence(command["summary"]))
    out += about(command["about"])
    out += options(command)
    if command["exits"]:
        out += [".PP", "Exit status:"] + exits(command)
    return out


def every(command):
    yield command
    for b in command["below"]:
        yield from every(b)


def environment(command, page_words, facts):
    names = {o["name"] for c in every(command) for o in c["options"]}
    wanted = [("RACKMETER_CONFIG", "--dir"), ("RACKMETER_DB", "--db"),
              ("RACKMETER_PROFILES", "--profiles")]
    if page_words.has("ENVIRONMENT"):
        return []
    out = []
    for variable, option in wanted:
        if option in names or (variable == "RACKMETER_CONFIG" and
                               any(variable in " ".join(c["about"]) for c in every(command))):
            out += roff.tagged(roff.bold(variable),
                               ENVIRONMENT[variable].replace("@config@", facts["paths"]["config"]))
    return [".SH ENVIRONMENT"] + out if out else []


def see_also(page, facts):
    """The pages of the parts, and of all commands where the page is one of the programs."""
    others = [o for o in OTHERS if o.split("(")[0] != page or o.startswith("rackmeter-profile")]
    if page in ("rackmeter", "rackmeterd"):
        others[1:1] = [c["name"].replace(" ", "-") + "(1)" for c in facts["commands"]]
    text = []
    for o in others:
        name, section = o.rstrip(")").split("(")
        text.append(f".BR {roff.escape(name, True)} ({section})")
    return [".SH SEE ALSO"] + [t + "," for t in text[:-1]] + text[-1:]


def command_page(command, facts, source):
    page = command["name"].replace(" ", "-")
    w = Words(source, page, facts)
    out = heading(page, 1, facts) + named(page, command["summary"])
    out += [".SH SYNOPSIS"] + usages(command)
    out += [".SH DESCRIPTION"]
    text = about(command["about"]) + w.intro()
    if not text:
        text = roff.sentences(sentence(command["summary"]))
    out += strip_first(text)
    if command["below"]:
        out += [".SH COMMANDS"]
        for b in command["below"]:
            out += below(b)
    if command.get("runs"):
        out += [".SH OPTIONS"] + options(command)
    if page == "rackmeter-report":
        out += [".SH REPORTS"] + choices(facts["reports"], "report")
    if page == "rackmeter-check":
        out += [".SH CHECKS"] + choices(facts["checks"], "check")
    if command["exits"]:
        out += [".SH EXIT STATUS"] + exits(command)
    out += environment(command, w, facts) + w.sections()
    return page, 1, out + see_also(page, facts)


def program_page(page, section, summary, facts, source):
    w = Words(source, page, facts)
    out = heading(page, section, facts) + named(page, summary) + [".SH SYNOPSIS"]
    if page == "rackmeterd":
        out += usages(facts["daemon"])
    else:
        out += [".HP", "\\fBrackmeter\\fR \\fICOMMAND\\fR [\\fIOPTIONS\\fR]", ".HP",
                "\\fBrackmeter \\-\\-version\\fR"]
    out += [".SH DESCRIPTION"]
    if page == "rackmeterd":
        out += strip_first(about(facts["daemon"]["about"]) + w.intro())
        out += [".SH OPTIONS"] + options(facts["daemon"])
        out += [".SH EXIT STATUS"] + exits(facts["daemon"])
    else:
        out += strip_first(w.intro()) + [".SH COMMANDS"]
        for c in facts["commands"]:
            name = c["name"].replace(" ", "-")
            out += [".TP", f"\\fB{roff.escape(name, True)}\\fR(1)"]
            out += roff.sentences(sentence(c["summary"]))
    names = ("RACKMETER_CONFIG", "RACKMETER_PROFILES") if page == "rackmeterd" else ENVIRONMENT
    out += [".SH ENVIRONMENT"]
    for name in names:
        out += roff.tagged(roff.bold(name),
                           ENVIRONMENT[name].replace("@config@", facts["paths"]["config"]))
    return page, section, out + w.sections() + see_also(page, facts)


# ---- rackmeter.yaml ----------------------------------------------------------------------------

def bounds(row, scale=""):
    if "min" not in row:
        return ""
    low = "above" if row.get("above_min") else "from"
    return f"{low} {row['min']:.10g} to {row['max']:.10g}{scale}"


def setting(row):
    kinds = {"text": "a text", "name": "a word", "path": "a path, relative to the folder",
             "list of folders": "a list of folders, relative to the folder",
             "address": "an address and a port, `127.0.0.1:9464`",
             "step": "a duration that divides an hour, or whole hours", "duration": "a duration",
             "integer": "a whole number", "number": "a number"}
    text = row["help"][:1].upper() + row["help"][1:] + ": " + kinds[row["type"]]
    limits = bounds(row, " " + row["unit"] if row["unit"] in ("s", "ms") else "")
    text += f" {limits}." if limits else "."
    if "standard" not in row:
        text += " Required."
    elif row["standard"]:
        text += f" `{row['standard']}` unless told."
    return roff.tagged(roff.bold(row["key"]), text)


def yaml_page(facts, source):
    w = Words(source, "rackmeter.yaml", facts)
    out = heading("rackmeter.yaml", 5, facts) + named("rackmeter.yaml",
                                                      "what a site is, for rackmeter")
    out += [".SH DESCRIPTION"] + strip_first(w.intro()) + [".SH KEYS"]
    out += roff.tagged("\\fBversion\\fR", "The form of the file: `1`. Required.")
    for row in facts["settings"]:
        out += setting(row)
    return "rackmeter.yaml", 5, out + w.sections() + see_also("rackmeter.yaml", facts)


# ---- the tables --------------------------------------------------------------------------------

COLUMN_KINDS = {
    "text": "any text", "name": "a name without blanks", "phases": "phases, as `L1` or `L2L3L1`",
    "position": "a position", "clock": "a time of day, `06:00`", "date": "a date, `2028-05-01`",
    "names": "names, separated by blanks", "number": "a number", "integer": "a whole number",
    "step": "a duration that divides an hour, or whole hours: `10s`",
    "time": "a date, or a time as `2026-11-03T22:00+01:00`", "modules": "two numbers, `4/5`"}


def column(row):
    """What may stand in the cell, from the table in C."""
    kind = COLUMN_KINDS.get(row["type"], "")
    if "words" in row:
        kind = "one of " + " ".join(f"`{w}`" for w in row["words"])
    limits = bounds(row)
    if limits:
        kind += " " + limits
    if row.get("not_zero"):
        kind += ", not 0"
    if row.get("required"):
        return kind + "; required"
    return kind + (f"; empty: {row['empty']:.10g}" if row.get("empty") else "")


def described(lines, path, table):
    """{column: its words} of the list below a table's heading; and the other lines."""
    words, rest, name = {}, [], None
    for text in lines:
        m = re.match(r"^- `(\w+)`: (.*)$", text)
        if m:
            name = m.group(1)
            if name in words:
                sys.exit(f"{path}: {table}: {name} stands twice")
            words[name] = m.group(2)
        elif name and text.startswith("  "):
            words[name] += " " + text.strip()
        else:
            name = None
            rest.append(text)
    return words, rest


def csv_page(facts, source):
    w = Words(source, "rackmeter-csv", facts)
    out = heading("rackmeter-csv", 5, facts) + named("rackmeter-csv",
                                                     "the tables of a site, for rackmeter")
    out += [".SH DESCRIPTION"] + strip_first(w.intro())
    headings = []
    for t in facts["tables"]:
        file = t["name"] + ".csv"
        headings.append(file)
        lines = w.section(file)
        if lines is None:
            sys.exit(f"{w.path}: write a section '## {file}'")
        words, rest = described(lines, w.path, file)
        names = [c["name"] for c in t["columns"]]
        for name in names:
            if name not in words:
                sys.exit(f"{w.path}: {file}: write '- `{name}`: what it means'")
        for name in words:
            if name not in names:
                sys.exit(f"{w.path}: {file}: there is no column {name}")
        out += [".SH " + quoted(file)]
        out += strip_first(roff.blocks(rest))
        key = [f"`{k}`" for k in t["key"]]
        key += ["`valid_from`"] if "valid_from" in names and "valid_from" not in t["key"] else []
        out += [".PP"] + roff.sentences(("Required. " if t.get("required") else "") +
                                        "What makes a row the same: " + ", ".join(key) + ".")
        for c in t["columns"]:
            out += roff.tagged(roff.bold(c["name"]), words[c["name"]] + f" ({column(c)})")
    out += w.sections(skip=headings)
    return "rackmeter-csv", 5, out + see_also("rackmeter-csv", facts)


def words_page(page, section, summary, facts, source):
    """A page that is all words."""
    w = Words(source, page, facts)
    out = heading(page, section, facts) + named(page, summary)
    out += [".SH DESCRIPTION"] + strip_first(w.intro()) + w.sections()
    return page, section, out + see_also(page, facts)


def document_page(page, section, summary, path, facts, extra=()):
    """A document that stands elsewhere: its first heading is the title."""
    with open(path, encoding="utf-8") as f:
        parts = roff.split(f.read())
    parts = parts[1:] if not "".join(parts[0][2]).strip() else parts
    out = heading(page, section, facts) + named(page, summary)
    out += [".SH DESCRIPTION"] + strip_first(roff.blocks(parts[0][2]))
    for level, text, lines in parts[1:]:
        out += [(".SH " if level < 3 else ".SS ") +
                quoted(text.upper() if level < 3 else text)]
        out += strip_first(roff.blocks(lines))
    return page, section, out + list(extra) + see_also(page, facts)


def quantities(path):
    out = [".SH QUANTITIES"]
    with open(path, encoding="utf-8") as f:
        for row in csv.DictReader(t for t in f if not t.startswith("#")):
            unit = "" if row["unit"] in ("", "1") else f", in {row['unit']}"
            out += roff.tagged(roff.bold(row["name"]),
                               f"{row['description'][:1].upper()}{row['description'][1:]} "
                               f"({row['kind']}{unit}).")
    return out


def pages(facts, top):
    source = os.path.join(top, "packaging", "man")
    for command in facts["commands"]:
        yield command_page(command, facts, source)
    yield program_page("rackmeter", 1, "power and temperature of racks: reports and checks", facts,
                       source)
    yield program_page("rackmeterd", 8, facts["daemon"]["summary"], facts, source)
    yield yaml_page(facts, source)
    yield csv_page(facts, source)
    yield words_page("rackmeter-credentials", 5, "SNMP communities and users, for rackmeter", facts,
                     source)
    schema = os.path.join(top, "schema")
    yield document_page("rackmeter-profile", 5, "what a family of devices measures and how it is read",
                        os.path.join(schema, "profiles", "FORMAT.md"), facts,
                        extra=quantities(os.path.join(schema, "quantities.csv")))
    yield document_page("rackmeter-database", 5, "the database of rackmeter, for any SQLite client",
                        os.path.join(schema, "README.md"), facts)
    yield document_page("rackmeter-operation", 7, "rackmeter as a service under systemd",
                        os.path.join(top, "packaging", "OPERATION.md"), facts)


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        facts = json.load(f)
    top, to = sys.argv[2:4]
    os.makedirs(to, exist_ok=True)
    for name in os.listdir(to):  # a command that is gone leaves no page
        os.unlink(os.path.join(to, name))
    for page, section, lines in pages(facts, top):
        with open(os.path.join(to, f"{page}.{section}"), "w", encoding="utf-8") as f:
            f.write("\n".join(lines) + "\n")


main()
