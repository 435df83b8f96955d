#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
# ctest: long
"""Every report of a simulated hall in every form: the same figures in text, CSV, JSON and HTML, the
same bytes in every locale, a message that another program reads, and nothing where nothing is asked."""
import csv
import email.policy
import fcntl
import html.parser
import io
import os
import pty
import re
import struct
import subprocess
import termios

import rmtest

SPAN_S = 4
MUST = {"racks", "pue", "collector"}  # the others may lack configuration here, and then say so


class Page(html.parser.HTMLParser):
    """What an HTML report shows: fields {key: (plain, text)}, tables {key: [{key: (plain, text)}]}."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.tables, self.scripts = {}, {}, 0
        self.section = self.cell = self.keys = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self.scripts += tag == "script"
        if tag == "section":
            self.section, self.keys = a["id"], []
            self.tables[self.section] = []
        elif tag == "tr" and self.keys:
            self.tables[self.section].append({})
        elif tag == "th" and a.get("scope") == "col":
            self.keys.append(a["data-key"])
        elif tag == "dd" or (tag in ("th", "td") and self.section):
            self.cell = [a.get("data-key"), a.get("data-v"), ""]

    def handle_data(self, data):
        if self.cell:
            self.cell[2] += data

    def handle_endtag(self, tag):
        if tag == "section":
            self.section = None
        if not self.cell or tag not in ("dd", "td", "th"):
            return
        key, plain, text = self.cell
        if tag == "dd":
            self.fields[key] = (plain, text)
        else:
            row = self.tables[self.section][-1]
            row[self.keys[len(row)]] = (plain, text)
        self.cell = None


class Formats(rmtest.Case):
    def setUp(self):
        super().setUp()
        self.hall("--racks", "4", "--rows", "1", "--every", "1s", "--story", "--no-bmcs")
        self.simulator()
        daemon = self.daemon().ready()
        self.until_db("the site's sums", """SELECT max(ts) - min(ts) >= ? FROM v_reading
            WHERE entity_kind = 'site' AND hour >= unixepoch() - 7200""", SPAN_S)
        daemon.stop()
        last = self.value("SELECT last_ts FROM daemon")
        at = self.rows("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ?, 'unixepoch')", last + 1)[0][0]
        self.when = ["--last", f"{SPAN_S}s", "--now", at, "--db", self.db]
        text = self.rackmeter("report", "--help").out
        self.names = re.findall(r"^  (\S+) +\S", text.split("Reports and")[1], re.M)

    def report(self, name, *options, env=None):
        return self.rackmeter("report", name, *self.when, *options, env=env)

    def check_cell(self, value, cell):
        """JSON's value against CSV's cell."""
        if value is None:
            self.assertEqual(cell, "")
        elif isinstance(value, bool):
            self.assertEqual(cell, str(value).lower())
        elif isinstance(value, str):
            self.assertIn(cell, (value, "'" + value))
        else:
            self.assertEqual(float(cell), value)

    def check_rows(self, name, key, rows):
        done = self.report(name, "--format", "csv", "--table", key)
        self.assertEqual(done.status, 0, done)
        got = list(csv.DictReader(io.StringIO(done.out, newline="")))
        self.assertEqual(len(got), len(rows), key)
        for row, want in zip(got, rows):
            self.assertEqual(set(row), set(want))
            for column, value in want.items():
                self.check_cell(value, row[column])

    def check_page(self, page, data, text):
        words = set(text.split())
        for key, (plain, shown) in page.fields.items():
            if plain is not None:
                self.check_cell(data[key], plain)
            for word in shown.replace("°", "").replace("m³", "m3").split():
                self.assertIn(word, words)
        for key, rows in page.tables.items():
            self.assertEqual(len(rows), len(data[key]))
            for row, want in zip(rows, data[key]):
                for column, (plain, shown) in row.items():
                    if column not in want:
                        continue  # a bar
                    if plain is not None:
                        self.check_cell(want[column], plain)
                    for word in shown.split():
                        self.assertIn(word, words)

    def same_figures(self):
        made = set()
        for name in self.names:
            with self.subTest(report=name):
                done = self.report(name, "--format", "json")
                if name not in MUST and done.status == 1:
                    self.assertRegex(done.err, r"rackmeter report \S+: \S+ \S+")
                    self.assertEqual(done.out, "")
                    continue
                self.assertEqual(done.status, 0, done)
                made.add(name)
                data = done.json()
                self.assertEqual(data["report"], name)
                self.assertGreaterEqual(data["version"], 1)
                tables = {k: v for k, v in data.items() if isinstance(v, list) and k != "notes"}
                charts = data.get("charts", {})
                for key, rows in {**tables, **charts}.items():
                    self.check_rows(name, key, rows)
                fields = {k: v for k, v in data.items() if not isinstance(v, (list, dict)) and
                          k not in ("report", "version")}
                self.check_rows(name, "fields",
                                [{"key": k, "value": v} for k, v in fields.items()])
                page = Page(self.report(name, "--format", "html").out)
                self.assertEqual(page.scripts, len(charts) + 2 if charts else 0)
                self.check_page(page, data, self.report(name, "--width", "1000").out)
        self.assertLessEqual(MUST, made)

    def same_bytes(self):
        answers = {}
        for env in self.locales():
            for name in self.names:
                for form in ("text", "csv", "json", "html"):
                    done = self.report(name, "--format", form, env=env)
                    got = (done.status, done.out, done.err)
                    self.assertEqual(answers.setdefault((name, form), got), got)
                mail = self.report(name, "--mail", "ops@example.org", env=env)
                self.assertEqual(answers.setdefault(name, mail.out), mail.out)

    def mail(self):
        done = self.report("racks", "--mail", "ops@example.org,night@example.org", "--mail-from",
                           "rackmeter@example.org")
        self.assertEqual(done.status, 0, done)
        message = email.message_from_string(done.out, policy=email.policy.default)
        self.assertEqual(message.defects, [])
        self.assertTrue(message["Subject"].startswith("PROBLEM: 4 racks"), message["Subject"])
        self.assertEqual([a.addr_spec for a in message["To"].addresses],
                         ["ops@example.org", "night@example.org"])
        self.assertEqual(message["From"].addresses[0].addr_spec, "rackmeter@example.org")
        self.assertIsNotNone(message["Date"].datetime)
        self.assertRegex(message["Message-ID"], r"^<[^@<>\s]+@example\.org>$")
        self.assertEqual(message.get_content_type(), "multipart/alternative")
        text, page = message.iter_parts()
        self.assertEqual((text.get_content_type(), page.get_content_type()),
                         ("text/plain", "text/html"))
        self.assertEqual(text.get_content_charset(), "utf-8")
        self.assertEqual(text.get_content(), self.report("racks").out)
        self.assertEqual(Page(page.get_content()).scripts, 0)
        self.assertIn("over budget", page.get_content())
        self.assertLessEqual(max(map(len, done.out.split("\n"))), 78)
        # into a file the same, and bad usage
        self.report("racks", "--mail", "ops@example.org", "--output", self.path("m.eml"))
        self.assertEqual(self.read("m.eml"), self.report("racks", "--mail", "ops@example.org").out)
        for options, word in ((["--mail", "a@b\nBcc: c@d"], "ASCII"), (["--mail-from", "a@b"], "--mail"),
                              (["--mail", "a@b", "--format", "json"], "--mail")):
            done = self.report("racks", *options)
            self.assertEqual(done.status, 2, done)
            self.assertIn(word, done.err)
            self.assertEqual(done.out, "")

    def on_terminal(self, columns, **env):
        """What a terminal of so many columns gets."""
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        env = {**{k: v for k, v in self.env.items() if k != "NO_COLOR"}, **env}
        running = subprocess.Popen([rmtest.RACKMETER, "report", "racks", *self.when], env=env,
                                   stdin=subprocess.DEVNULL, stdout=its, stderr=its)
        os.close(its)
        got = b""
        try:
            while data := os.read(ours, 65536):
                got += data
        except OSError:
            pass  # the other end is closed
        os.close(ours)
        self.assertEqual(running.wait(rmtest.DEADLINE_S), 0)
        return got.decode().replace("\r\n", "\n")

    def terminal(self):
        for columns in (60, 132):
            text = self.on_terminal(columns, LC_ALL="C.UTF-8")
            self.assertIn("\033[31mPROBLEM:\033[0m", text)
            plain = re.sub(r"\033\[\d+m", "", text)
            widest = max(map(len, plain.split("\n")))
            self.assertLessEqual(widest, columns)
        self.assertGreater(widest, 80)
        self.assertIn("\u2588", plain)
        plain = self.on_terminal(100, LC_ALL="C", NO_COLOR="1")
        self.assertTrue(plain.isascii())
        self.assertNotIn("\033", plain)

    def test_forms(self):
        self.same_figures()
        self.same_bytes()
        self.mail()
        self.terminal()


if __name__ == "__main__":
    rmtest.main()
