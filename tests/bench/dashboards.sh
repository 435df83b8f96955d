#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What each query of the dashboards costs on two years of 500 racks (tests/dashboards/README.md): a
# connection of its own for each, CPU time, the least of three. The database is made once, under
# build/release. Prints the rows for tests/bench/RESULTS.md; writes nothing else.
# dashboards.sh [run.py's further options: --top 20, --only rackmeter-hall]
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build
if ! { cmake --preset release -DRACKMETER_TESTS=ON &&
	cmake --build --preset release --target dashboards_fill grafana; } >build/bench.log 2>&1; then
	tail -n 30 build/bench.log >&2
	exit 1
fi
exec python3 -B tests/dashboards/run.py build/release large --time 3 "$@"
