#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What reports over a month of many meters cost: time and memory of the program itself, the least of
# three runs, against the same figure by plain SQL over a table with a row per sample (of a tenth of
# the racks: time grows with the rows). Databases are made once, under build/bench. Prints the rows
# for tests/bench/RESULTS.md; writes nothing else.
# report.sh [RACKS]
set -eu
cd "$(dirname "$0")/../.."
racks=${1:-1000} days=30
small=$((racks / 10))
mkdir -p build/bench
if ! { cmake --preset release -DRACKMETER_TESTS=ON &&
	cmake --build --preset release --target rackmeter bench_report_fill; } >build/bench.log 2>&1; then
	tail -n 30 build/bench.log >&2
	exit 1
fi
lib=build/release
fill="$lib/tests/bench/bench_report_fill"
# another schema, or another filling: another file
made=$(cat schema/migrations/*.sql tests/bench/report_fill.c | cksum | cut -d' ' -f1)
ours=build/bench/report-$racks-$made.db naive=build/bench/report-$small-$made-naive.db
make_once() { # FILE RACKS ...
	[ -f "$1" ] && return
	rm -f "$1.new"*
	"$fill" "$1.new" "$2" "$days" ${3:+"$3"}
	mv "$1.new" "$1"
	rm -f "$1.new"*
}
make_once "$ours" "$racks"
make_once "$naive" "$small" naive
exec python3 tests/bench/report.py "$lib/collector/rackmeter" "$ours" "$naive" "$racks"
