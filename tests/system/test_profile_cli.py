# SPDX-License-Identifier: Apache-2.0
"""`rackmeter profile` as a person meets it: exit status, where the text goes, all problems at once."""
import os
import re
import subprocess
import sys

BUILD = os.environ["RACKMETER_BUILD"]
SOURCE = os.environ["RACKMETER_SOURCE"]
PROGRAM = os.path.join(BUILD, "collector", "rackmeter")
PROFILES = os.path.join(SOURCE, "schema", "profiles")
BAD = os.path.join(SOURCE, "tests", "fixtures", "profiles-bad")


def run(*args, status):
    done = subprocess.run([PROGRAM, "profile", *args], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, (args, done.returncode, done.stdout, done.stderr)
    return done


def main():
    if not os.path.exists(PROGRAM):
        print("SKIPPED: there is no", PROGRAM)
        return 77
    files = sorted(os.path.join(PROFILES, f) for f in os.listdir(PROFILES) if f.endswith(".yaml"))
    assert len(files) >= 8
    done = run("lint", *files, status=0)
    assert done.stdout.count("no errors") == len(files) and done.stderr == ""

    bad = [os.path.join(BAD, f) for f in ("bad-scale.yaml", "overlap.yaml")]
    done = run("lint", *bad, files[0], status=1)
    lines = done.stderr.splitlines()
    assert len(lines) == 4 and all(re.match(r".+\.yaml:\d+:\d+: error: .+", line) for line in lines), lines
    assert "no errors" in done.stdout  # the good one among them

    done = run("lint", "/nonexistent/acme.yaml", status=1)
    assert "/nonexistent/acme.yaml" in done.stderr
    run("lint", status=2)
    run(status=2)
    run("paint", status=2)

    done = run("list", "--profiles", PROFILES, status=0)
    names = [line.split()[0] for line in done.stdout.splitlines()]
    assert names == sorted(names) and len(names) == len(files)
    for name in names:
        shown = run("show", name, "--profiles", PROFILES, status=0).stdout
        assert shown.startswith(name + ":") and "main" in shown
    assert "no-such" in run("show", "no-such", "--profiles", PROFILES, status=1).stderr
    return 0


sys.exit(main())
