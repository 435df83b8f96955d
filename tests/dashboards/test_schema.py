#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The dashboards that were built, held against Grafana's own types (schema/check.mjs). Skipped where
Node or its modules are missing: `npm ci` in tests/dashboards/schema fetches them, as does
tests/run.sh --full."""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent / "schema"
node = shutil.which("node")
if not node or not (HERE / "node_modules").exists():
    print("skipped: node is not installed" if not node else
          "skipped: no node_modules: run `npm ci` in tests/dashboards/schema")
    sys.exit(77)
built = pathlib.Path(os.environ["RACKMETER_BUILD"]) / "dashboards/grafana"
sys.exit(subprocess.run([node, HERE / "check.mjs", *sorted(built.glob("rackmeter-*.json"))],
                        check=False).returncode)
