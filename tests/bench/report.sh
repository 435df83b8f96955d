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
	cmake --build --preset release --target rackmeter bench_report_fill \
		bench_failover_fill; } >build/bench.log 2>&1; then
	tail -n 30 build/bench.log >&2
	exit 1
fi
lib=build/release
fill="$lib/tests/bench/bench_report_fill"
# another schema, or another filling: another file
made=$(cat schema/migrations/*.sql tests/bench/report_fill.c | cksum | cut -d' ' -f1)
ours=build/bench/report-$racks-$made.db naive=build/bench/report-$small-$made-naive.db
make_once() { # FILE RACKS [...]
	new=$1
	[ -f "$new" ] && return
	rm -f "$new.new"*
	shift
	count=$1
	shift
	"$fill" "$new.new" "$count" "$days" "$@"
	mv "$new.new" "$new"
	rm -f "$new.new"*
}
make_once "$ours" "$racks"
make_once "$naive" "$small" naive
year=build/bench/report-$racks-$made-year.db days=365
make_once "$year" "$racks" year
days=30
# feeds at the collector's own interval, 2 GB; plain tables of a hundredth
fill="$lib/tests/bench/bench_failover_fill"
made=$(cat schema/migrations/*.sql tests/bench/failover_fill.c | cksum | cut -d' ' -f1)
feeds=build/bench/failover-$racks-$made.db few=$((racks / 100))
naive_feeds=build/bench/failover-$few-$made-naive.db
make_once "$feeds" "$racks" 10
make_once "$naive_feeds" "$few" 10 naive
exec python3 tests/bench/report.py "$lib/collector/rackmeter" "$ours" "$naive" "$racks" \
	"$feeds" "$naive_feeds" "$year"
