#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Instructions of the driver and the decoder per request, counted by valgrind: they repeat within
# 1 %, however busy the machine is. The difference of two runs, so that the start does not count.
set -eu
cd "$(dirname "$0")/../.."
. tests/bench/build.sh
command -v valgrind >/dev/null || { echo "valgrind is not installed: apt-get install valgrind" >&2; exit 77; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

count() { # PROGRAM REQUESTS
	timeout 120 valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$log" \
		"$RACKMETER_BUILD/tests/bench/$1" --count "$2" >/dev/null
	sed -n 's/.*Collected : *\([0-9]*\).*/\1/p' "$log"
}

printf '| date | request | instructions |\n|---|---|---|\n'
for kind in "poll_snmp:SNMP v2c GET, 25 varbinds" "poll_modbus:Modbus TCP, 50 registers"; do
	program=bench_${kind%%:*}
	few=$(count "$program" 2000)
	many=$(count "$program" 12000)
	# the program warms up with a tenth more
	printf '| %s | %s | %s |\n' "$(date +%F)" "${kind#*:}" $(((many - few) / 11000))
done
