#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What an SNMP request of 25 varbinds costs: the driver with its decoder against a bare echo, the
# whole daemon, and other collectors where Debian's packages collectd-core and
# prometheus-snmp-exporter are installed. On loopback, about 4 minutes; prints the tables.
#   poll_snmp.sh [REQUESTS]
set -eu
cd "$(dirname "$0")/../.."
. tests/bench/build.sh
requests=${1:-200000}
bin=$RACKMETER_BUILD/tests/bench

printf '%s, %s cores, Linux %s\n\n' "$(date +%F)" "$(nproc)" "$(uname -r)"
printf '| devices | bytes out / in | ours us | floor us | ratio | bytes/device | wrong | lost |\n|---|---|---|---|---|---|---|---|\n'
for n in 1000 10000 50000; do
	timeout 300 "$bin/bench_poll_snmp" "$n" "$requests"
done
if [ -x "$bin/bench_snmp_v3" ]; then
	printf '\nSNMPv3, SHA-256 and AES-128, an engine per device:\n\n| devices | v2c us | v3 us | v3/v2c | v3 against 1,000 devices | bytes/device |\n|---|---|---|---|---|---|\n'
	timeout 300 "$bin/bench_snmp_v3" "$requests" || printf 'bench_snmp_v3 ended with status %s\n' $?
fi
printf '\n| devices | requests/s | us/request, all threads | CPU of a core | by thread | late | memory | 64 MB + 2 KB/device |\n|---|---|---|---|---|---|---|---|\n'
for n in 1000 10000; do
	timeout 400 /usr/bin/python3 -B tests/bench/poll_daemon.py "$n"
done
printf '\n'
timeout 120 /usr/bin/python3 -B tests/bench/peers.py snmp 1000
