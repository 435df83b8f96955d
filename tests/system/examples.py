# SPDX-License-Identifier: Apache-2.0
"""Worked examples that lie beside the checkout (RACKMETER_EXAMPLES): their inputs, their expected
numbers, and an account of which of them something was held against. A number that nobody took, as
input or as figure, is told at the end: so an example that grows is an example that fails.
"""
import csv
import json
import math
import os
import subprocess

import rmtest

FIGURES = os.path.join(rmtest.BUILD, "tests", "figures")
TEXTS = {"note", "means", "meaning", "formula", "rule", "order", "boundary_note", "tzdata", "zone"}


class Figures:
    """The pure functions of the reports (figures.c)."""

    def __init__(self, case):
        self.popen = subprocess.Popen([FIGURES], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True, bufsize=1, env=case.env)
        case.addCleanup(self.close)

    def close(self):
        self.popen.stdin.close()
        self.popen.wait(rmtest.DEADLINE_S)
        self.popen.stdout.close()

    @staticmethod
    def _argument(value):
        if isinstance(value, (list, tuple)):
            return ",".join(Figures._argument(v) for v in value) or "-"
        return "nan" if value is None else value if isinstance(value, str) else repr(value)

    def text(self, *call):
        self.popen.stdin.write(" ".join(self._argument(a) for a in call) + "\n")
        answer = self.popen.stdout.readline()
        if not answer:
            raise AssertionError(f"figures ended at {call}")
        return answer.strip()

    def __call__(self, *call):
        """What it returns, numbers as numbers."""
        def value(word):
            try:
                return float(word)
            except ValueError:
                return word
        return [value(word) for word in self.text(*call).split()]


def close(got, want):
    if isinstance(want, list):
        return isinstance(got, (list, tuple)) and len(got) == len(want) and \
            all(close(g, w) for g, w in zip(got, want))
    if isinstance(want, bool) or want is None or isinstance(want, str):
        return (got is None or got != got) if want is None else got == want
    if got is None or isinstance(got, str) or math.isnan(got):
        return False
    return abs(got - want) <= 1e-9 * max(1, abs(want))


class Example:
    """One JSON file. Paths are keys with dots and indices: "expect.gaps.0.s"."""

    def __init__(self, folder, name, *tables):
        self.name, self.problems, self.by = name, [], []
        self.matched = self.wrong = 0
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            self.data = json.load(f)
        self.left = set()
        self._leaves(self.data, "")
        self.figures = 0
        self.tables = []
        for table in tables:
            with open(os.path.join(folder, table), encoding="utf-8", newline="") as f:
                self.tables.append(list(csv.DictReader(f)))

    def _leaves(self, node, path):
        items = node.items() if isinstance(node, dict) else enumerate(node) \
            if isinstance(node, list) else None
        if items is None:
            if path.rsplit(".", 1)[-1] not in TEXTS:
                self.left.add(path)
            return
        for key, child in items:
            self._leaves(child, f"{path}.{key}" if path else str(key))

    def _take(self, path):
        node = self.data
        for key in path.split(".") if path else ():
            node = node[int(key)] if isinstance(node, list) else node[key]
        taken = {p for p in self.left if p == path or p.startswith(path + ".") or not path}
        self.left -= taken
        return node, len(taken)

    def input(self, path):
        return self._take(path)[0]

    def want(self, path, got, by):
        """The figure at path (or the list of them) is got, which `by` computed."""
        want, n = self._take(path)
        self.figures += max(n, 1)
        if by not in self.by:
            self.by.append(by)
        if close(got, want):
            self.matched += max(n, 1)
        else:
            self.problems.append(f"{self.name}: {path}: {by} gives {got}, expected {want}")

    def again(self, path, got, by):
        """The same figure by another way."""
        self.left.add(path)
        self.want(path, got, by)

    def not_wrong(self, path, got):
        """The usual mistake's answer at path is not what was got."""
        wrong = self._take(path)[0]
        self.wrong += 1
        if close(got, wrong):
            self.problems.append(f"{self.name}: {path}: gives the wrong answer {wrong}")

    def told(self, path, condition, by):
        """Something is said there that is no number to compare: it holds, or not."""
        self._take(path)
        self.figures += 1
        self.matched += bool(condition)
        if by not in self.by:
            self.by.append(by)
        if not condition:
            self.problems.append(f"{self.name}: {path}: {by} says otherwise")

    def line(self):
        return (f"{self.name:30} {self.figures:4} figures {self.matched:4} matched "
                f"{self.wrong:3} wrong ones refused  by {', '.join(self.by)}")

    def faults(self):
        return self.problems + [f"{self.name}: nothing was held against {path}"
                                for path in sorted(self.left)]
