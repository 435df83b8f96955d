#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Completion in bash, zsh and fish, as far as they are installed: each offers the options that --help
prints, the words that fit, and the names out of a database."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import rmtest

SCRIPTS = os.path.join(rmtest.BUILD, "packaging", "completion", "scripts")
BASH = r"""
source "$1"
while IFS= read -r line; do
	read -ra COMP_WORDS <<<"${line//=/ = }"
	[[ $line == *[\ =] ]] && COMP_WORDS+=('')
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	_rackmeter
	printf '%s\n' "${COMPREPLY[@]}" "<end>"
done
"""
FISH = """
source $argv[1]
while read -l line
    complete -C "$line" | cut -f 1
    echo "<end>"
end
"""
# Prints what would be offered, between two marks.
ZSH = r"""
PROMPT=
setopt no_auto_list no_auto_menu no_list_ambiguous
fpath=(%s $fpath)
autoload -Uz compinit
compinit -u -D
bindkey '^I' complete-word
zstyle ':completion:*' insert-tab false
begin_line() { compprefuncs=(begin_line); print -r -- "<begin>" }
end_line() { comppostfuncs=(end_line); print -r -- "<end>" }
compprefuncs=(begin_line)
comppostfuncs=(end_line)
compadd() {
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	local -a hits
	builtin compadd -A hits "$@"
	(( $#hits )) && print -rl -- $IPREFIX${^hits}
	builtin compadd "$@"
}
print -r -- "<ready>"
"""


class Completion(rmtest.Case):
    """What each shell makes of a line; skipped where it is not installed."""

    def setUp(self):
        super().setUp()
        self.env["PATH"] = os.path.dirname(rmtest.RACKMETER) + ":" + self.env["PATH"]
        self.hall("--racks", "4", "--rows", "1", "--no-bmcs")
        self.assertEqual(self.daemon("--run-for", "1").wait(), 0)
        self.env.update(RACKMETER_CONFIG=self.path("config"))
        self.facts = self.rackmeter("help", "--json").json()
        self.write("files/walk.snmprec", "")

    def lines(self, program, *arguments, lines):
        """One process, a line of input for each of what it prints up to <end>."""
        if not shutil.which(program):
            self.skipTest(f"{program} is not installed")
        done = subprocess.run([program, *arguments], input="".join(t + "\n" for t in lines),
                              capture_output=True, text=True, timeout=rmtest.DEADLINE_S,
                              env=self.env, cwd=self.dir, check=False)
        parts = done.stdout.split("<end>\n")
        self.assertEqual(len(parts), len(lines) + 1, done.stdout + done.stderr)
        return [sorted(set(p.split("\n")) - {""}) for p in parts[:-1]]

    def bash(self, lines):
        return self.lines("bash", "--norc", self.write("bash.sh", BASH),
                          os.path.join(SCRIPTS, "bash"), lines=lines)

    def fish(self, lines):
        return self.lines("fish", "--no-config", self.write("lines.fish", FISH),
                          os.path.join(SCRIPTS, "fish"), lines=lines)

    def zsh(self, lines):
        if not shutil.which("zsh"):
            self.skipTest("zsh is not installed")
        os.makedirs(self.path("zsh"), exist_ok=True)
        shutil.copy(os.path.join(SCRIPTS, "zsh"), self.path("zsh", "_rackmeter"))
        start = self.write("start.zsh", ZSH % self.path("zsh"))
        ours, theirs = pty.openpty()
        with subprocess.Popen(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs,
                              env={**self.env, "TERM": "dumb"}, cwd=self.dir,
                              start_new_session=True) as shell:
            os.close(theirs)
            try:
                self.typed(ours, f"source {start}\n", "<ready>\r\n")
                return [self.offered(self.typed(ours, t + "\t", "<end>")) for t in lines]
            finally:
                shell.kill()
                os.close(ours)

    def typed(self, terminal, text, end):
        """Types it into a line that is empty; what comes back, up to end."""
        os.write(terminal, b"\x15" + text.encode())
        got, deadline = "", time.monotonic() + rmtest.DEADLINE_S
        while end not in got:
            self.assertLess(time.monotonic(), deadline, got)
            if select.select([terminal], [], [], 1)[0]:
                got += os.read(terminal, 65536).decode()
        return got

    @staticmethod
    def offered(text):
        found = re.search(r"<begin>\r?\n(.*?)<end>", text, re.S).group(1)
        return sorted({t for t in found.replace("\r", "").split("\n") if t})

    # ---- what is asked of each shell ---------------------------------------------------------

    helped = {}  # the same for each shell

    def options_of(self, name):
        """The options that --help prints; of a report or check those alone that it knows."""
        words = name.split()
        if tuple(words[:3]) not in self.helped:
            program = rmtest.RACKMETERD if words[0] == "rackmeterd" else rmtest.RACKMETER
            done = self.rackmeter(*words[1:3], "--help", program=program)
            self.helped[tuple(words[:3])] = set(re.findall(r"^  (-[\w-]+)", done.out, re.M))
        return self.helped[tuple(words[:3])]

    def commands_of(self, name):
        listed = self.rackmeter(name, "--help").out.split("\nCommands:\n")[1]
        return set(re.findall(r"^  (\w+) ", listed, re.M))

    def below(self, command):
        yield command
        for b in command["below"]:
            yield from self.below(b)

    def check(self, complete):
        reports = {r["name"] for r in self.facts["reports"]}
        checks = {c["name"] for c in self.facts["checks"]}
        commands = {c["name"].split()[1] for c in self.facts["commands"]}
        expected = {
            "rackmeter ": commands, "rackmeter rep": {"report"}, "rackmeter report ": reports,
            "rackmeter check ": checks | {"config"}, "rackmeter report ra": {"racks"},
            "rackmeter db ": self.commands_of("db"), "rackmeter log ": {"add", "end", "list"},
            "rackmeter profile ": self.commands_of("profile"),
            "rackmeter report pue --period last-w": {"last-week"},
            "rackmeter report pue --last 1h --format ": {"text", "csv", "json", "html"},
            "rackmeter check racks --format ": {"text", "prom"},
            "rackmeter log add pl": {"planned"}, "rackmeter log add planned ra": {"rack"},
            "rackmeter report racks --rack ": {"R01", "R02", "R03", "R04"},
            "rackmeter report racks --hall ": {"H1"},
            f"rackmeter report racks --db {self.db} --rack R03": {"R03"},
            "rackmeter report circuits --circuit R01": {"R01-A", "R01-B"},
            "rackmeter report pue --boundary s": {"site"},
            "rackmeter db export --device PDU-R02": {"PDU-R02-A", "PDU-R02-B"},
            "rackmeter log add planned rack ": {"R01", "R02", "R03", "R04"},
            "rackmeter log end planned circuit R02": {"R02-A", "R02-B"},
            "rackmeter probe --credential ": {"ro"},
            "rackmeter profile show apc-rp": {"apc-rpdu", "apc-rpdu2"},
            "rackmeter probe --profile apc-rp": {"apc-rpdu", "apc-rpdu2"},
            "rackmeter report racks --db /nowhere --rack ": set(),
            "rackmeterd --log-level d": {"debug"},
        }
        filters = {(kind, row["name"]): row["filters"]
                   for kind in ("report", "check") for row in self.facts[kind + "s"]}
        for (kind, name), known in filters.items():
            table = next(c for c in self.facts["commands"] if c["name"] == f"rackmeter {kind}")
            unknown = {o["name"] for o in table["options"] if o.get("filter")} - set(known)
            expected[f"rackmeter {kind} {name} --"] = {
                o for o in self.options_of(f"rackmeter {kind} {name}") - unknown
                if o.startswith("--")}
        for top in (*self.facts["commands"], self.facts["daemon"]):
            for command in self.below(top):
                if command.get("runs"):
                    expected[command["name"] + " --"] = {
                        o for o in self.options_of(command["name"]) if o.startswith("--")}
        for line, found in zip(expected, complete(list(expected))):
            with self.subTest(line=line):
                self.assertEqual(found, sorted(expected[line]))

    def test_bash(self):
        self.check(self.bash)
        found = self.bash(["rackmeter probe fi", "rackmeter report pue --format=h",
                           "rackmeter report pue --dir fi", "rackmeter report pue --output files/"])
        self.assertEqual(found[1:], [["html"], ["files"], ["files/walk.snmprec"]])

    def test_zsh(self):
        self.check(self.zsh)
        self.assertEqual(self.zsh(["rackmeter report pue --format=h"]), [["--format=html"]])

    def test_fish(self):
        self.check(self.fish)
        found = self.fish(["rackmeter report pue --format=h", "rackmeter report pue --dir fi"])
        self.assertEqual(found, [["--format=html"], ["files/"]])

    def test_names(self):
        for kind, names in (("TENANT", "acme\nblue\n"), ("ROW", "r1\n")):
            self.assertEqual(self.rackmeter("help", "--names", kind).out, names)
        self.assertEqual(self.rackmeter("help", "--names", "RACK", "--prefix", "R04").out, "R04\n")
        for wrong in (("FROB",), ("RACK", "--db", self.path("none"))):
            done = self.rackmeter("help", "--names", *wrong)
            self.assertEqual((done.status, done.out), (1, ""), done)



class Scripts(rmtest.Case):
    def test_scripts(self):
        """Each shell can read its script; shellcheck has nothing to say of bash's."""
        for checker in (["bash", "-n"], ["zsh", "-n"], ["fish", "-n"], ["shellcheck", "-s", "bash"]):
            if shutil.which(checker[0]):
                script = "bash" if checker[0] == "shellcheck" else checker[0]
                done = subprocess.run([*checker, os.path.join(SCRIPTS, script)], check=False,
                                      capture_output=True, text=True)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""), checker)


if __name__ == "__main__":
    rmtest.main()
