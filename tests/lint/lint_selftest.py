#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The lints must be able to fail: each passes a small good tree, and finds each thing it forbids
when that is put in."""
import os
import subprocess
import sys
import tempfile

C = "/* SPDX-License-Identifier: Apache-2.0 */\n/* What this file owns. */\n"
SQL = "-- SPDX-License-Identifier: Apache-2.0\n-- What a row is.\n"
HASH = "# SPDX-License-Identifier: Apache-2.0\n# What this file owns.\n"
GOOD = {
    "ARCHITECTURE.md": "| folder | owns | may include |\n|---|---|---|\n"
                       "| `schema/` | facts | nothing |\n"
                       "| `collector/base/` | errors | nothing |\n"
                       "| `collector/config/` | tables | base schema |\n"
                       "| `collector/inventory/` | racks | base schema config |\n"
                       "| `collector/schedule/` | due times | base |\n"
                       "| `collector/transport/` | drivers | base schema config inventory |\n"
                       "| `collector/store/` | the database | base schema |\n"
                       "| `collector/report/` | reports | base schema store |\n"
                       "| `collector/daemon/` | rackmeterd | all but report and cli |\n"
                       "| `collector/cli/` | rackmeter | all |\n",
    "collector/base/clock.h": C + "#pragma once\n\nint clock_now(void);\n",
    "collector/base/clock.c": C + '#include "base/clock.h"\n\n#include <time.h>\n\n'
                              "int clock_now(void)\n{\n\treturn (int)time(NULL);\n}\n",
    "collector/store/db.h": C + "#pragma once\n\nint db_open(void);\n",
    "collector/store/db.c": C + '#include "store/db.h"\n\n#include <sqlite3.h>\n#include <stdio.h>\n'
                            '\n#include "base/clock.h"\n#include "schema/schema.h"\n\n'
                            'static const char *const query = "good";\n',
    "schema/profiles/FORMAT.md": "| `part` | where |\n",
    "schema/profiles/pdu.yaml": HASH + "profile: pdu\n",
    "schema/README.md": "| `v_contract` | the version |\n| `v_rack`, `v_now` | racks |\n",
    "schema/migrations/0001.sql": SQL + "CREATE TABLE rack (a, b, c);\n",
    "schema/views/v_contract.sql": SQL + "CREATE VIEW v_contract AS SELECT 1 AS version;\n",
    "schema/views/v_rack.sql": SQL + "CREATE VIEW v_rack AS SELECT a, b, c FROM rack;\n",
    "tests/fixtures/contract/1.csv": "view,columns\nv_contract,version\nv_rack,a b\n",
    "schema/queries/good.sql": "-- SPDX-License-Identifier: Apache-2.0\n-- One row.\nSELECT 1\n",
    "tests/fixtures/devices/pdu.csv": HASH + "oid_or_register,type,raw,part,quantity,expected\n"
                                      "1.3.6.1,integer,5,main,power_w,5\n",
    "tests/sim/main.c": C + '#include "sim.h"\n\n#include <time.h>\n',
    "packaging/go.sh": "#!/bin/sh\n" + HASH + "set -eu\n",
    "SECURITY.md": "| | shown by |\n| a claim | `tests/test_a.py`: `test_b` |\n",
    "tests/test_a.py": "#!/usr/bin/python3\n" + HASH + "def test_b():\n    pass\n",
    "packaging/packages.sh": HASH + 'BUILD_PACKAGES="gcc cmake\n libcsv-dev"\n',
    "packaging/debian/control": "Build-Depends: debhelper-compat (= 13),\n cmake (>= 3),\n"
                                " libcsv-dev\nStandards-Version: 4.6.2\n",
    "README.md": "| package | for |\n|---|---|\n| libcsv-dev | tables |\n| cmake, gcc | build |\n",
}


def call(text):
    return C + f"static void f(void)\n{{\n\t{text};\n}}\n"


# lint -> [(file, its content, what must be in the line that tells)]
BAD = {
    "calls": [("collector/store/x.c", call(f"{name}(a)"), f"{name}()") for name in
              ("sprintf", "strcpy", "strcat", "atoi", "atof", "strtok", "gets", "time",
               "gettimeofday", "clock_gettime", "modbus_write_bit", "modbus_write_registers")],
    "contract": [
        ("tests/fixtures/contract/1.csv", "view,columns\nv_rack,b a\n", "v_rack"),
        ("tests/fixtures/contract/1.csv", "view,columns\nv_rack,a b c d\n", "lacks d"),
        ("tests/fixtures/contract/1.csv", "view,columns\nv_gone,a\n", "v_gone"),
        ("schema/views/v_now.sql", SQL + "CREATE VIEW v_now AS SELECT d FROM rack;\n", "d"),
        ("schema/README.md", "| `v_contract` | the version |\n", "v_rack"),
    ],
    "files": [
        ("collector/store/x.c", "int x;\n", "SPDX"),
        ("collector/store/x.h", "/* What it owns. */\n#pragma once\n", "SPDX"),
        ("tests/x.py", '"""What it owns."""\n', "SPDX"),
        ("packaging/x.sh", "#!/bin/sh\n# What it owns.\n", "SPDX"),
        ("schema/queries/x.sql", "SELECT 1\n", "SPDX"),
        ("schema/profiles/x.yaml", "profile: x\n", "SPDX"),
        ("schema/x.cmake", "set(X 1)\n", "SPDX"),
        ("collector/store/CMakeLists.txt", "set(X 1)\n", "SPDX"),
        ("collector/store/x.c", C + "int x;\n" * 800, "800"),
    ],
    "includes": [
        ("collector/store/db.c", C + '#include <stdio.h>\n\n#include "store/db.h"\n', "store/db.h"),
        ("collector/store/x.c", C + "#include <string.h>\n#include <stdio.h>\n", "stdio.h"),
        ("collector/store/x.c", C + '#include "base/clock.h"\n\n#include <stdio.h>\n', "stdio.h"),
        ("collector/store/x.c", C + '#include "schema/schema.h"\n#include "base/clock.h"\n',
         "base/clock.h"),
        ("collector/store/x.c", C + "#include <stdio.h>\n#include <stdio.h>\n", "twice"),
        ("collector/store/x.h", C + "int x(void);\n", "pragma once"),
    ],
    "layers": [
        ("collector/base/x.c", C + '#include "config/config.h"\n', "config/"),
        ("collector/schedule/x.c", C + '#include "schema/schema.h"\n', "schema/"),
        ("collector/report/x.c", C + '#include "inventory/inventory.h"\n', "inventory/"),
        ("collector/store/x.c", C + '#include "inventory/inventory.h"\n', "inventory/"),
        ("collector/daemon/x.c", C + '#include "report/report.h"\n', "report/"),
        ("collector/other/x.c", C + '#include "base/clock.h"\n', "ARCHITECTURE.md"),
        ("ARCHITECTURE.md", "| `collector/base/` | errors | bose |\n", "bose/"),
        ("collector/store/x.c", C + "#include <net-snmp/net-snmp-config.h>\n", "net-snmp"),
        ("collector/transport/plan.c", C + "#include <net-snmp/net-snmp-config.h>\n", "net-snmp"),
        ("collector/transport/snmp.c", C + "#include <modbus/modbus.h>\n", "modbus"),
        ("collector/report/x.c", C + "#include <sqlite3.h>\n", "sqlite3.h"),
        ("collector/config/x.c", C + "#include <yaml.h>\n", "yaml.h"),
        ("collector/inventory/x.c", C + "#include <csv.h>\n", "csv.h"),
        ("tests/sim/x.c", C + '#include "decode/decode.h"\n', "simulator"),
    ],
    "packaging": [
        ("packaging/debian/control", "Build-Depends: cmake,\n ninja-build,\n libcsv-dev\n",
         "ninja-build"),
        ("packaging/debian/control", "Build-Depends: cmake\nStandards-Version: 1\n", "libcsv-dev"),
        ("README.md", "| libcsv-dev | tables |\n| gcc | build |\n", "cmake"),
    ],
    "profiles": [
        ("schema/profiles/x.yaml", HASH + "profile: x\n", "fixture"),
        ("tests/fixtures/devices/x.csv", GOOD["tests/fixtures/devices/pdu.csv"], "profile"),
        ("tests/fixtures/devices/pdu.csv", HASH + "oid,raw\n", "columns"),
        ("collector/inventory/profile_x.c",
         C + 'static const char *const keys[] = { "part", "pert" };\n', "`pert`"),
        ("collector/inventory/profile_x.c",
         C + 'const struct key k[] = {\n\t[KEY_PERT] = { "pert", 1, 0 },\n};\n', "`pert`"),
    ],
    "sql": [
        ("collector/report/x.c", C + 'static const char *q = "SELECT id FROM rack";\n', "SQL"),
        ("collector/cli/x.c", C + 'static const char *q = "INSERT INTO rack VALUES (1)";\n', "SQL"),
        ("schema/queries/unused.sql", GOOD["schema/queries/good.sql"], "unused"),
    ],
    "security": [
        ("SECURITY.md", "It does, `tests/test_c.py`: `test_b`.\n", "no tests/test_c.py"),
        ("SECURITY.md", "| a claim | `tests/test_a.py`: `test_c` |\n", "no test test_c"),
        ("SECURITY.md", "As before (`test_c`).\n", "no test test_c"),
        ("SECURITY.md", "| a claim | by itself |\n", "without a test"),
        ("collector/store/x.c", call("system(a)"), "system()"),
        ("collector/store/x.c", call("execvp(a, b)"), "execvp()")],
    "words": [(name, head + text + "\n", "path")
              for name, head in (("collector/store/x.c", C), ("packaging/x.sh", HASH),
                                 ("NEWS.md", ""))
              for text in ("/wo" "rk/main", "/ro" "ot/.cache", "/ho" "me/somebody")],
}


def write(root, tree):
    for name, text in tree.items():
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)


def run(lint, root):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"lint_{lint}.py")
    return subprocess.run([sys.executable, "-B", script, root], capture_output=True, text=True,
                          check=False)


def problems(here):
    lints = {n[5:-3] for n in os.listdir(here) if n.startswith("lint_") and n.endswith(".py")}
    for lint in sorted(lints - {"selftest"} - set(BAD)):
        yield f"lint_{lint}.py: nothing in {os.path.basename(__file__)} makes it fail"
    for lint, cases in BAD.items():
        with tempfile.TemporaryDirectory(prefix="rackmeter-lint-") as root:
            write(root, GOOD)
            done = run(lint, root)
            if done.returncode != 0:
                yield f"lint_{lint}.py refuses the good tree:\n{done.stdout}{done.stderr}"
        for name, text, word in cases:
            with tempfile.TemporaryDirectory(prefix="rackmeter-lint-") as root:
                write(root, {**GOOD, name: text})
                done = run(lint, root)
                told = [line for line in done.stdout.split("\n")
                        if line.startswith(name + ":") and word in line]
                if done.returncode != 1 or not told:
                    yield (f"lint_{lint}.py does not tell '{word}' of {name} (exit "
                           f"{done.returncode}):\n{text[:300]}----\n{done.stdout}{done.stderr}")


def main():
    found = list(problems(os.path.dirname(os.path.abspath(__file__))))
    for problem in found:
        print(problem)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
