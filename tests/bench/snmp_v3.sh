#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SNMPv3 (SHA-256, AES-128) beside v2c, both through our driver over loopback in one run: CPU per
# request of 25 varbinds at 1,000 and 10,000 devices, and the ratios. With valgrind also the
# instructions per v3 request, which repeat exactly. Prints rows for tests/bench/RESULTS.md; writes
# nothing. snmp_v3.sh [REQUESTS]: per round and row.
set -eu
cd "$(dirname "$0")/../.."
requests=${1:-50000}
mkdir -p build
if ! { cmake --preset release -DRACKMETER_TESTS=ON &&
	cmake --build --preset release --target bench_snmp_v3; } >build/bench.log 2>&1; then
	tail -n 30 build/bench.log >&2
	exit 1
fi
bench=build/release/tests/bench/bench_snmp_v3
echo "| date | machine | command | devices | v2c us | v3 us | v3/v2c | v3 against 1,000 devices | bytes/device |"
echo "|---|---|---|---|---|---|---|---|---|"
"$bench" "$requests" | sed "s/^/| $(date +%Y-%m-%d) | $(nproc) cores, Linux $(uname -r | cut -d- -f1) | \`sh tests\/bench\/snmp_v3.sh $requests\` /"
if command -v valgrind >/dev/null; then
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	count() {
		valgrind --tool=callgrind --callgrind-out-file="$dir/out.%p" "$bench" --count "$1" 2>&1 |
			awk '/Collected/ { print $NF }' | sort -n | tail -n 1
	}
	echo "instructions per v3 request: $((($(count 6000) - $(count 1000)) / 5000))"
fi
