#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Completion for bash, zsh and fish, from what rackmeter says of itself (`rackmeter help --json`).

make.py JSON OUT

Commands, options, reports, periods, ... are written down; names of racks, devices, profiles, ... are
asked for (`rackmeter help --names`), with the --db or --dir that was typed. What is written down goes
into the places of bash.in, zsh.in and fish.in that begin with #@."""
import os
import re
import sys

from model import STORED, Model


def sh(text):
    """A word for a shell, in single quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def first(text, n=60):
    """The first part of a help text, short enough for a menu."""
    text = re.split(r"[;:] ", text)[0]
    return text if len(text) <= n else text[:n].rsplit(" ", 1)[0] + " ..."


# ---- bash --------------------------------------------------------------------------------------

def bash(model):
    below = ["\t" + sh(c.name) + ") below=" +
             sh(" ".join(b.name.split()[-1] for b in c.below)) + " ;;"
             for c in model.every() if c.below]
    below.insert(0, "\trackmeter) below=" + sh(" ".join(c.name.split()[1] for c in model.commands))
                 + " ;;")
    options, values, words, without = [], [], [], []
    for c in model.every():
        if c.runs:
            options.append("\t" + sh(c.name) + ") options=" +
                           sh(" ".join(o.name for o in c.options)) + " ;;")
        else:
            options.append("\t" + sh(c.name) + ") options=--help ;;")
        for o in c.options:
            if o.kind is not None:
                values.append(f"\t{sh(c.name + ' ' + o.name)}) kind={sh(spelled(o.kind))} ;;")
        for n, kind in enumerate(c.words, 1):
            at = f"{c.name} {n}" if not (c.many and n == len(c.words)) else c.name + " *"
            words.append("\t" + (sh(at) if not at.endswith("*") else sh(at[:-1]) + "*") +
                         f") kind={sh(spelled(kind))} ;;")
    for command, reports in model.without.items():
        for report, names in reports.items():
            if names:
                without.append(f"\t{sh(command + ' ' + report)}) without={sh(' '.join(names))} ;;")
    kinds = [f"\t{kind}) _rackmeter_offer {sh(' '.join(w))} ;;" for kind, w in model.static.items()]
    kinds.append("\t" + "|".join(STORED) + ") _rackmeter_offer \"$(_rackmeter_ask \"$1\")\" ;;")
    return {"below": below, "options": options, "values": values, "words": words,
            "without": without, "kinds": kinds}


def spelled(kind):
    """A kind as one word of a script: =a b for the words a and b."""
    return "=" + " ".join(kind) if isinstance(kind, tuple) else kind


# ---- zsh ---------------------------------------------------------------------------------------

def zsh_text(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text)


def zsh_action(model, kind):
    words = model.words_of(kind)
    if kind in ("REPORT", "CHECK"):
        return f"__rackmeter_{kind.lower()}"
    if words:
        return "(" + " ".join(words).replace(":", "\\:") + ")"
    if kind in STORED:
        return f"__rackmeter_ask {kind}"
    return {"FILE": "_files", "DIR": "_files -/"}.get(kind, " ")


def zsh_arguments(model, c):
    out = []
    for o in c.options:
        text = zsh_text(first(o.help))
        if o.kind is None:
            out.append(sh(f"{o.name}[{text}]"))
        else:
            name = f"*{o.name}" if o.many else o.name
            sign = "=" if o.name.startswith("--") else ""
            what = "value" if isinstance(o.kind, tuple) or not o.kind else o.kind.lower()
            out.append(sh(f"{name}{sign}[{text}]:{what}:{zsh_action(model, o.kind)}"))
    for n, kind in enumerate(c.words, 1):
        at = "*" if c.many and n == len(c.words) else str(n)
        what = "word" if isinstance(kind, tuple) or not kind else kind.lower()
        action = "__rackmeter_id" if kind == "ID" else zsh_action(model, kind)
        out.append(sh(f"{at}:{what}:{action}"))
    return out


def zsh_function(name):
    return "_" + re.sub(r"\W", "_", name)


def zsh_described(rows):
    return " ".join(sh(f"{name}:{first(text)}") for name, text in rows)


def zsh(model):
    out = []
    for c in model.every():
        lines = [f"{zsh_function(c.name)}() {{"]
        if c.below:
            lines += ["\tlocal -a below=(" + zsh_described(
                (b.name.split()[-1], b.summary) for b in c.below) + ")",
                "\tif (( CURRENT > 2 )) && (( ${+functions[" + zsh_function(c.name) +
                "_${words[2]}]} )); then", "\t\t(( CURRENT-- )); shift words",
                f"\t\t{zsh_function(c.name)}_${{words[1]}}", "\t\treturn", "\tfi"]
            if not c.runs:
                lines += ["\t(( CURRENT == 2 )) && _describe -t commands command below", "}"]
                out += lines
                continue
        lines += ["\tlocal -a specs=("] + [f"\t\t{a}" for a in zsh_arguments(model, c)] + ["\t)"]
        for report, names in model.without.get(c.name, {}).items():
            if names:
                lines.append(f"\t[[ ${{words[2]}} == {report} ]] && specs=(${{specs:#(" +
                             "|".join(names) + ")[=\\[]*}) || :")
        out += lines + ["\t_arguments -S $specs", "}"]
    rows = [(c.name.split()[1], c.summary) for c in model.commands]
    titles = []
    for kind, names in model.titles.items():
        shown = dict(names)
        if kind == "CHECK":
            shown["config"] = "the configuration"
        titles += [f"__rackmeter_{kind.lower()}() {{",
                   "\tlocal -a found=(" + zsh_described(shown.items()) + ")",
                   f"\t_describe -t {kind.lower()} {kind.lower()} found", "}"]
    return {"functions": out + titles,
            "commands": ["\tlocal -a commands=(" + zsh_described(rows) + ")"]}


# ---- fish --------------------------------------------------------------------------------------

def fish(model):
    out = []
    at = "complete -c rackmeter -n"
    for c in model.commands:
        word = c.name.split()[1]
        out.append(f"{at} '__rackmeter_at rackmeter 0' -a {word} -d {sh(first(c.summary))}")
    for c in (c for top in model.commands for c in top.every()):
        here = sh(f"__rackmeter_in {c.name}")
        for b in c.below:
            out.append(f"{at} {sh('__rackmeter_at ' + c.name + ' 0')} -a {b.name.split()[-1]} "
                       f"-d {sh(first(b.summary))}")
        for o in c.options:
            out.append(f"{at} {fish_here(model, c, o)} {fish_option(model, o)}")
        for n, kind in enumerate(c.words):
            many = c.many and n == len(c.words) - 1
            where = here if many else sh(f"__rackmeter_at {c.name} {n}")
            for action in fish_words(model, kind):
                out.append(f"{at} {where} {action}")
    out += [f"complete -c rackmeterd {fish_option(model, o)}" for o in model.daemon.options]
    switches = sorted({o.name for c in model.every() for o in c.options if o.kind is None})
    return {"switches": ["            contains -- $word " + " ".join(switches)],
            "completions": out}


def fish_here(model, c, o):
    """When an option is offered: not beside a report that does not know it."""
    others = [b.name.split()[-1] for b in c.below]
    others += [r for r, names in model.without.get(c.name, {}).items() if o.name in names]
    test = f"__rackmeter_in {c.name}"
    if others:
        test += "; and not __rackmeter_with " + " ".join(others)
    return sh(test)


def fish_words(model, kind):
    words = model.words_of(kind)
    if kind in model.titles:
        return [f"-f -a {name} -d {sh(first(text))}" for name, text in model.titles[kind].items()]
    if words:
        return [f"-f -a {sh(' '.join(words))}"]
    if kind in STORED:
        return [f"-f -a '(__rackmeter_ask {kind})'"]
    if kind == "ID":
        return ["-f -a '(__rackmeter_id)'"]
    return ["-F"] if kind in ("FILE", "DIR") else []


def fish_option(model, o):
    text = f"-d {sh(first(o.help))}"
    name = f"-l {o.name[2:]}" if o.name.startswith("--") else f"-o {o.name[1:]}"
    if o.kind is None:
        return f"-f {name} {text}"
    words = model.words_of(o.kind)
    if words:
        return f"-x {name} -a {sh(' '.join(words))} {text}"
    if o.kind in STORED:
        return f"-x {name} -a '(__rackmeter_ask {o.kind})' {text}"
    if o.kind == "DIR":
        return f"-x {name} -a '(__fish_complete_directories)' {text}"
    return (f"-r -F {name} {text}") if o.kind == "FILE" else f"-x {name} {text}"


# ---- files -------------------------------------------------------------------------------------

def fill(template, parts):
    with open(template, encoding="utf-8") as f:
        lines = f.read().split("\n")
    out = []
    for text in lines:
        m = re.fullmatch(r"\s*#@(\w+)", text)
        out += parts.pop(m.group(1)) if m else [text]
    if parts:
        sys.exit(f"{template}: no place for {', '.join(parts)}")
    return "\n".join(out)


def main():
    model, to = Model(sys.argv[1]), sys.argv[2]
    here = os.path.dirname(os.path.abspath(__file__))
    os.makedirs(to, exist_ok=True)
    for name, parts in (("bash", bash(model)), ("zsh", zsh(model)), ("fish", fish(model))):
        text = fill(os.path.join(here, name + ".in"), parts)
        with open(os.path.join(to, name), "w", encoding="utf-8") as f:
            f.write(text)


main()
