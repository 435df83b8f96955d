#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages say what the programs do: --help and pages name the same options, every key and
column has its words, commands in our documents are commands that exist, and the examples of the
pages run."""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import time

import rmtest
import test_cli

PAGES = os.path.join(rmtest.BUILD, "packaging", "man", "pages")
SPAN_S = 4
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "NEWS.md", "dashboards/README.md", "schema/README.md",
             "schema/profiles/FORMAT.md", *(os.path.relpath(p, rmtest.SOURCE) for p in glob.glob(
                 os.path.join(rmtest.SOURCE, "packaging", "**", "*.md"), recursive=True)))
# What a site's network would answer is asked of the simulator; what it has not is not asked.
NETWORK, LOOPBACK = "10.1.18.", "127.1.0."
ABSENT = ("modbus://", "--modbus", "addresses.txt")


def text_of(name):
    """A page as it is read, without hyphenation."""
    with open(os.path.join(PAGES, name), encoding="utf-8") as f:
        roff = f.read()
    text = re.sub(r"\\f[BIR]", "", roff).replace("\\-", "-").replace("\\&", "")
    return re.sub(r"\\\((aq|ga|ha|ti|dq)", lambda m: {"aq": "'", "ga": "`", "ha": "^", "ti": "~",
                                                     "dq": '"'}[m.group(1)], text)


def blocks_of(page, kind):
    """The blocks of a kind in the words of a page."""
    with open(os.path.join(rmtest.SOURCE, "packaging", "man", page + ".md"), encoding="utf-8") as f:
        return re.findall(rf"^```{kind}\n(.*?)^```", f.read(), re.M | re.S)


def tags(name):
    """The tags of its tagged paragraphs, in their order."""
    return re.findall(r"^\.TP\n(.*)$", text_of(name), re.M)


def commands_in(text):
    """The command lines of a document: in blocks, also behind a prompt, cron's times or $(, and in
    `code`."""
    found = []
    for block in re.findall(r"^(?:```\w*\n(.*?)^```|((?:    .*\n)+))", text, re.M | re.S):
        found += re.findall(r"(?:^ *(?:[$#] )?|[*\d]  |\(|sudo )(rackmeterd? [a-z-][^|;)`\n]*)",
                            block[0] or block[1], re.M)
    found += re.findall(r"`(rackmeterd? [^`]+)`", re.sub(r"```.*?```", "", text, flags=re.S))
    return found


class Commands:
    """What `rackmeter help --json` says."""

    def __init__(self, facts):
        self.facts = facts
        self.by_name = {}
        for command in facts["commands"]:
            self._add(command)
        self._add(facts["daemon"])

    def _add(self, command):
        self.by_name[command["name"]] = command
        for below in command["below"]:
            self._add(below)

    def problem(self, line):
        """What is wrong with a command line of a document; None: nothing."""
        line = re.sub(r"(\s#\s.*| [|&>;].*| && .*|\s\(.*| \.\.\.$)", "", line)
        try:
            words = shlex.split(line.replace("|", "\\|").replace("'", "\\'"))
        except ValueError:
            return "cannot be split into words"
        if words[1:2] in (["--version"], ["--help"], ["help"], ["COMMAND"]):
            return None
        name, rest = words[0], words[1:]
        if name == "rackmeter":
            name += " " + rest.pop(0).split("\\|")[0].split("|")[0]
            if name not in self.by_name:
                return f"there is no command {name}"
            while rest and f"{name} {rest[0]}" in self.by_name:
                name += " " + rest.pop(0)
        options = {o["name"]: o for o in self.by_name[name]["options"]}
        for below in self.by_name[name]["below"]:  # "rackmeter log --ref", said of any of them
            options.update({o["name"]: o for o in below["options"]})
        for word in rest:
            given = word.strip("[]").split("=")[0]
            if re.match(r"-[\w-]", given) and given not in (*options, "--help", "-h"):
                return f"{name} has no {given}"
        return None


class Manual(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.facts = self.rackmeter("help", "--json").json()
        self.commands = Commands(self.facts)

    def test_options(self):
        """--help, which people read, against the pages, both ways."""
        for command in (*self.facts["commands"], self.facts["daemon"]):
            page = command["name"].replace(" ", "-") + (".8" if command is self.facts["daemon"]
                                                         else ".1")
            helped = set()
            for one in self.below(command):
                words = one["name"].split()
                program = rmtest.RACKMETERD if words[0] == "rackmeterd" else rmtest.RACKMETER
                done = self.rackmeter(*words[1:], "--help", program=program)
                self.assertEqual((done.status, done.err), (0, ""), done)
                self.assertLessEqual(max(map(len, done.out.split("\n"))), 90, done.out)
                helped |= set(re.findall(r"^  (-[\w-]+)", done.out, re.M))
                self.assertIn(one["name"], text_of(page))
                names = {o["name"] for o in one["options"]}
                self.assertLessEqual(set(re.findall(r"--[\w-]+", " ".join(one["usage"]))), names)
            told = {tag.split()[0] for tag in tags(page) if tag.startswith("-")}
            self.assertEqual(helped, told | {"--help"}, page)
        listed = re.findall(r"^  (\w+) ", self.rackmeter("--help").out, re.M)
        self.assertEqual([f"rackmeter {name}" for name in listed],
                         [c["name"] for c in self.facts["commands"]])
        for name in listed:
            self.assertIn(f"rackmeter-{name}(1)", tags("rackmeter.1"))

    def below(self, command):
        yield command
        for b in command["below"]:
            yield from self.below(b)

    def test_names(self):
        """Each page has a name that man -k finds, and no page refers to one that is not there."""
        pages = {os.path.basename(p) for p in glob.glob(os.path.join(PAGES, "*"))}
        self.assertGreaterEqual(len(pages), len(self.facts["commands"]) + 7)
        for page in sorted(pages):
            with open(os.path.join(PAGES, page), encoding="utf-8") as f:
                text = f.read()
            name = page.rsplit(".", 1)[0].replace("-", r"\-")
            self.assertIn(f"\n.SH NAME\n{name} \\- ", text)
            for other, section in re.findall(r"^\.BR (\S+) \((\d)\)", text, re.M):
                self.assertIn(f"{other}.{section}".replace("\\-", "-"), pages, page)
            for other, section in re.findall(r"\b(rackmeter[\w.-]*)\((\d)\)", text_of(page)):
                self.assertIn(f"{other}.{section}", pages, page)

    def test_keys(self):
        """What the readers of the two YAML files accept, and what their pages say."""
        folder = os.path.join(rmtest.SOURCE, "collector", "config")
        for source, page, more, less in (
                ("boundary.c", "rackmeter.yaml.5",
                 {s["key"] for s in self.facts["settings"]} | {"version"}, set()),
                # less the map itself
                ("credentials.c", "rackmeter-credentials.5", set(), {"credentials"})):
            with open(os.path.join(folder, source), encoding="utf-8") as f:
                lists = re.findall(r"keys\[\] = \{([^}]*)\}", f.read())
            accepted = more | set(re.findall(r'"(\w+)"', " ".join(lists))) - less
            self.assertGreater(len(accepted), 8)
            self.assertEqual(accepted, set(tags(page)), page)

    def test_columns(self):
        page = text_of("rackmeter-csv.5")
        for table in self.facts["tables"]:
            part = re.search(rf'^\.SH "{table["name"]}\.csv"\n(.*?)^\.SH ', page, re.M | re.S)
            self.assertEqual([c["name"] for c in table["columns"]],
                             re.findall(r"^\.TP\n(\S+)$", part.group(1), re.M))

    def test_site(self):
        """The examples of the files' pages are one site, with every table, and a good one."""
        self.write("site/rackmeter.yaml", blocks_of("rackmeter.yaml", "yaml")[-1])
        self.write("site/credentials.yaml", blocks_of("rackmeter-credentials", "yaml")[-1], 0o600)
        tables = blocks_of("rackmeter-csv", "csv")
        self.assertEqual(len(tables), len(self.facts["tables"]))
        for table in self.facts["tables"]:
            names = {c["name"] for c in table["columns"]}
            key = set(table["key"]) & names
            mine = [t for t in tables if set(t.split("\n")[0].split(",")) <= names
                    and key <= set(t.split("\n")[0].split(","))]
            self.assertEqual(len(mine), 1, table["name"])
            self.write(f"site/{table['name']}.csv", mine[0])
        done = self.rackmeter("check", "config", "--dir", self.path("site"), "--strict",
                              env={"V3_AUTH": "authentic-1", "V3_PRIV": "private-12"})
        self.assertEqual(done.status, 0, done)

    def test_form(self):
        """man and mandoc have nothing to say, where they are there."""
        checked = False
        for page in sorted(glob.glob(os.path.join(PAGES, "*"))):
            for checker in (["man", "--warnings", "-l"], ["mandoc", "-T", "lint", "-W", "warning"]):
                if not shutil.which(checker[0]):
                    continue
                checked = True
                done = subprocess.run([*checker, page], capture_output=True, text=True, check=False,
                                      env={**self.env, "MANWIDTH": "80", "PAGER": "cat"})
                said = done.stderr if checker[0] == "man" else done.stdout + done.stderr
                # no date: the same bytes whenever they are made
                said = [t for t in said.split("\n") if t and "missing date" not in t]
                self.assertEqual(said, [], page)
        if not checked:
            print("note: neither man nor mandoc is installed: the pages' form was not looked at")

    def test_readme(self):
        """README's table has every command, report and check."""
        with open(os.path.join(rmtest.SOURCE, "README.md"), encoding="utf-8") as f:
            rows = re.findall(r"^\| (`rackmeter .*?) (?<!\\)\| ", f.read(), re.M)
        named = set(re.findall(r"[\w-]+", " ".join(rows)))
        for command in self.facts["commands"]:
            self.assertTrue(any(re.match(rf"`{command['name']}[ `]", r) for r in rows), command)
            self.assertLessEqual({b["name"].split()[-1] for b in command["below"]}, named)
        for row in self.facts["reports"] + self.facts["checks"]:
            self.assertIn(row["name"], named)

    def test_documents(self):
        """Commands in documents exist, with their options."""
        n = 0
        for path in DOCUMENTS:
            with open(os.path.join(rmtest.SOURCE, path), encoding="utf-8") as f:
                text = f.read()
            for line in commands_in(text):
                n += 1
                self.assertIsNone(self.commands.problem(line), f"{path}: {line}")
        self.assertGreater(n, 100)
        # and the test itself sees what is wrong
        for wrong in ("rackmeter frob", "rackmeter report pue --frob", "rackmeter db verify --sqlite x",
                      "rackmeterd --frob"):
            self.assertIsNotNone(self.commands.problem(wrong), wrong)


class Examples(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.hall("--racks", "4", "--rows", "1", "--every", "1s")
        self.simulator()
        daemon = self.daemon().ready()
        self.until_db("the site's sums", """SELECT max(ts) - min(ts) >= ? FROM v_reading
            WHERE entity_kind = 'site' AND hour >= unixepoch() - 7200""", SPAN_S)
        daemon.stop()
        shutil.copy(self.path("config", "racks.csv"), self.path("new-racks.csv"))
        self.write("history.csv", blocks_of("rackmeter-import", "csv")[0])
        self.write("pdu.snmprec", test_cli.WALK)
        self.env.update(RACKMETER_CONFIG=self.path("config"), RACKMETER_DB=self.db)

    def here(self, line):
        """A command as it is typed for the simulator; None: that cannot be asked here."""
        words = shlex.split(line)
        if any(word.startswith(ABSENT) for word in words):
            return None
        if words[0] == "rackmeterd":
            words += [] if "--check" in words else ["--run-for", "1"]
        if words[1] == "scan":
            words = [re.sub(r"/24$", "/28", w) for w in words]
            words += ["--port", str(self.snmp_port), "--timeout", "200ms"]
        if words[1] == "probe":
            words = [w + f":{self.snmp_port}" if w.startswith("snmp:") else w for w in words]
        if words[1] == "log" and "device" not in words:
            words += ["--no-reload"] if words[2] != "list" else []
        return [w.replace(NETWORK, LOOPBACK) for w in words]

    def test_examples(self):
        programs = {"rackmeter": rmtest.RACKMETER, "rackmeterd": rmtest.RACKMETERD}
        may = {"check": (0, 1, 2, 3), "status": (0, 1, 2)}
        ran = {}
        for path in sorted(glob.glob(os.path.join(rmtest.SOURCE, "packaging", "man", "*.md"))):
            page = os.path.basename(path)[:-3]
            with open(path, encoding="utf-8") as f:
                blocks = re.findall(r"^```sh\n(.*?)^```", f.read().split("## EXAMPLES")[-1],
                                    re.M | re.S)
            for made in ("my-site", "hall-2", "copy.db"):  # each page begins anew
                if page != "rackmeterd":
                    shutil.rmtree(self.path(made), ignore_errors=True)
                    if os.path.exists(self.path(made)):
                        os.unlink(self.path(made))
            for line in "".join(blocks).split("\n"):
                words = self.here(line) if line else None
                if not words:
                    continue
                if words[1:3] == ["log", "end"]:  # what began in this second cannot end in it
                    began = int(time.time())
                    rmtest.until("the next second", lambda: int(time.time()) > began)
                if page == "rackmeterd":
                    self.rackmeter("init", "my-site", "--rows", "1", "--per-row", "1")
                done = self.rackmeter(*words[1:], program=programs[words[0]])
                with self.subTest(page=page, line=line):
                    # at a site that has run for seconds some reports have nothing to rest on
                    good = may.get(words[1], (0, 1) if words[1] == "report" else (0,))
                    if words[1:3] == ["check", "config"]:
                        good = (0, 2)
                    self.assertIn(done.status, good, done)
                    self.assertNotIn("Try `", done.err)
                ran[page] = ran.get(page, 0) + 1
        for command in self.rackmeter("help", "--json").json()["commands"]:
            self.assertIn(command["name"].replace(" ", "-"), ran)


if __name__ == "__main__":
    rmtest.main()
