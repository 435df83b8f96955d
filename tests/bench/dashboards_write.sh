#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The writer at the rate of 2,000 rack PDUs of 50 points every 10 s, on two years of 500 racks, while
# every dashboard is refreshed in a loop without a pause. Wanted: no transaction above 250 ms, a
# write-ahead log that does not grow. Prints the row for tests/bench/RESULTS.md; what it writes is
# removed. dashboards_write.sh [SECONDS [PDUS]]
set -eu
cd "$(dirname "$0")/../.."
mkdir -p build/bench
if ! { cmake --preset release -DRACKMETER_TESTS=ON &&
	cmake --build --preset release --target dashboards_fill grafana bench_dashboards_write; } \
	>build/bench.log 2>&1; then
	tail -n 30 build/bench.log >&2
	exit 1
fi
exec python3 -B tests/bench/dashboards_write.py build/release "${1:-180}" "${2:-2000}"
